// `npm run cost -- --month 2026-11`: what workloads have cost in a month, as tables, as CSV and as a plot.
import { execFile } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { COST_REPORT, type CostReport, MONTH } from "@agentic/api/cost-report.ts";
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { type Cluster, forward } from "../cluster.ts";
import { instance } from "../instance.ts";
import { adviceLines } from "./advice.ts";
import { costCsv } from "./csv.ts";
import { costPlot } from "./plot.ts";
import { costTables } from "./table.ts";

const root = dirname(dirname(dirname(import.meta.dirname)));

const usage = "npm run cost -- --month 2026-11";

/** The month that the command line names; without one, the present month (UTC). Throws with what would be right. */
export function monthOf(args: readonly string[], now: Date): string {
  let month: string | undefined;
  try {
    ({ month } = parseArgs({ args: [...args], options: { month: { type: "string" } } }).values);
  } catch (error) {
    throw new Error(`${(error as Error).message}: ${usage}`);
  }
  const asked = month ?? now.toISOString().slice(0, 7);
  if (!new RegExp(MONTH).test(asked)) throw new Error(`--month: '${asked}' is not a month: ${usage}`);
  return asked;
}

/** Prints the report, and writes the files. Throws where no platform runs, or it records no costs. */
export async function cost(args: readonly string[]): Promise<void> {
  const month = monthOf(args, new Date());
  await using cluster = await clusterOf(process.env.STACK || "embedded");
  const report = await readReport(cluster, month);
  for (const line of costTables(report)) console.log(line);
  const advice = adviceLines(report.steps, root);
  if (advice.length > 0) console.log(["", "Requests against what steps have used", ...advice].join("\n"));
  if (report.groups.length === 0) return;
  const out = join(root, "out");
  mkdirSync(out, { recursive: true });
  const [csv, plot] = [join(out, `cost-${month}.csv`), join(out, `cost-${month}.svg`)];
  writeFileSync(csv, costCsv(report));
  writeFileSync(plot, costPlot(report));
  console.log(`\n${csv} and ${plot} have the same for spreadsheets and people.`);
}

/** Asks the operator, by a forwarded port of its pod. */
export async function readReport(cluster: Cluster, month: string): Promise<CostReport> {
  await using local = await forward(cluster, NAMESPACES.system, `deployment/${OPERATOR_NAME}`, COST_REPORT.port);
  const answer = await fetch(`http://127.0.0.1:${local.port}${COST_REPORT.path}?month=${month}`).catch(() => undefined);
  if (!answer)
    throw new Error(
      "this platform records no costs: its stack has no database (components.postgres), or it is of an earlier release",
    );
  const body = (await answer.json()) as CostReport & { error?: string };
  if (!answer.ok) throw new Error(body.error ?? `the operator answers with ${answer.status}`);
  return body;
}

/** The cluster of a stack: of this machine's instance, or of what the Pulumi CLI has brought up. */
async function clusterOf(stack: string): Promise<Cluster & AsyncDisposable> {
  if (stack === "embedded") return { ...(await instance()), async [Symbol.asyncDispose]() {} };
  const args = ["stack", "output", "kubeconfig", "--show-secrets", "--stack", stack];
  const { stdout } = await promisify(execFile)("pulumi", args, { cwd: root }).catch((error: Error) => {
    throw new Error(
      `the kubeconfig of stack '${stack}' can't be read, bring it up first (pulumi up): ${error.message}`,
    );
  });
  const folder = mkdtempSync(join(tmpdir(), "cost-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, stdout, { mode: 0o600 });
  return {
    kubeconfig,
    bin: folderOnPath("kubectl"),
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true });
    },
  };
}

function folderOnPath(program: string): string {
  const folder = (process.env.PATH ?? "").split(delimiter).find((path) => {
    try {
      accessSync(join(path, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (!folder) throw new Error(`there is no ${program} on PATH`);
  return folder;
}

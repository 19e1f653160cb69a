// Deploys a Pulumi program from the command line: node embedded/deploy/main.ts up|preview|destroy|render|policy --stack name
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { requireStack } from "./config/config.ts";
import { type DeployEvent, destroy, policy, preview, renderTo, type Summary, up } from "./deploy.ts";
import { print } from "./kubernetes/diff.ts";
import { textOf } from "./policy/text.ts";
import { applyWords } from "./render-steps.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cwd: { type: "string", default: "." },
    stack: { type: "string", default: "dev" },
    config: { type: "string", multiple: true, default: [] },
    kubeconfig: { type: "string" },
    context: { type: "string" },
    "cluster-gone": { type: "boolean" },
    out: { type: "string", default: "out/render" },
    pack: { type: "string", default: "policy" },
  },
});

const options = {
  directory: resolve(values.cwd),
  stack: values.stack,
  config: Object.fromEntries(
    values.config.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new Error(`--config ${pair} is not valid: write it as key=value`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  ),
  kubeconfig: values.kubeconfig,
  context: values.context,
  on: tell,
};

/** Failure messages that are printed already. */
const shownFailures = new Set<string>();

const commands: Record<string, () => Promise<Summary | undefined>> = {
  up: () => up(options),
  preview: () => preview(options),
  destroy: () => destroy({ ...options, clusterGone: values["cluster-gone"] }),
  render: async () => {
    const files = await renderTo({
      ...options,
      out: resolve(values.out),
      stateFile: `${resolve(values.out)}.state.json`,
    });
    console.log(`${files.length} files in ${values.out}`);
    console.log(applyWords(values.out, files));
    return undefined;
  },
  policy: async () => {
    const report = await policy({ ...options, pack: resolve(values.pack) });
    console.log(textOf(report, options.directory));
    if (report.violations.some(({ level }) => level === "mandatory")) process.exitCode = 1;
    return undefined;
  },
};

try {
  const command = commands[positionals[0] ?? ""];
  if (!command) throw new Error(`give one of the commands ${Object.keys(commands).join(", ")}`);
  requireStack(options.directory, options.stack);
  const summary = await command();
  if (summary) {
    const { created, updated, replaced, deleted, unchanged, failures } = summary;
    const failed = failures.length > 0 ? `, ${failures.length} failed` : "";
    console.log(
      `${created} created, ${updated} updated, ${replaced} replaced, ${deleted} deleted, ${unchanged} unchanged${failed}`,
    );
    for (const failure of failures.filter(isNew)) console.error(`failed: ${failure}`);
    if (failures.length > 0) process.exitCode = 1;
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

/** Whether a failure wasn't printed as it happened. */
function isNew(failure: string): boolean {
  const [text = ""] = failure.split("\n    waiting for it: ");
  return ![...shownFailures].some((message) => text.endsWith(message));
}

function tell(event: DeployEvent): void {
  if (event.kind === "log") {
    console.error(`${event.severity}: ${event.message}`);
    return;
  }
  if (event.state === "start" || event.operation === "same") return;
  if (event.state === "failed" && event.message) shownFailures.add(event.message);
  console.log(
    `${(event.operation ?? event.state).padEnd(8)} ${event.label}${event.message ? `: ${event.message}` : ""}`,
  );
  for (const change of event.changes ?? []) console.log(`           ${print(change)}`);
}

// `npm run eval`: replays the suite, records cases.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_TENANT, tenantNamespace } from "@agentic/api/names.ts";
import { CASES, loadCases } from "./case.ts";
import { evaluationsOf, writeEvaluations } from "./evaluations.ts";
import { eventLines } from "./event.ts";
import { RESULTS, type Results, readResults, runSuite } from "./suite.ts";
import { tableOf } from "./table.ts";

const usage = `npm run eval                               replay the suite; show the difference to the kept results
npm run eval -- --against <commit>         show the difference to those of a commit
npm run eval -- --write                    keep the results, and the templates' evaluations
npm run eval -- --events <file>            append the results as events gen_ai.evaluation.result
npm run eval -- record <workload> [--namespace tenant-demo] [--as <case>]
                                           make a case of a finished workload of the instance
npm run eval -- refresh [--draw] [case…]   ask the model again, and draw pages that have no picture`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: "string" },
    write: { type: "boolean", default: false },
    events: { type: "string" },
    namespace: { type: "string", default: tenantNamespace(DEFAULT_TENANT) },
    as: { type: "string" },
    draw: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const [command = "run", ...names] = positionals;

function chosen() {
  const cases = loadCases();
  const unknown = names.filter((name) => !cases.some((subject) => subject.name === name));
  if (unknown.length > 0) throw new Error(`there is no case ${unknown.join(", ")}`);
  return names.length > 0 ? cases.filter(({ name }) => names.includes(name)) : cases;
}

/** The results to compare with. */
function before(): Results | undefined {
  if (values.against !== undefined)
    return readResults(execFileSync("git", ["show", `${values.against}:evals/results.json`], { encoding: "utf8" }));
  return existsSync(RESULTS) ? readResults(readFileSync(RESULTS, "utf8")) : undefined;
}

async function replay(): Promise<void> {
  const cases = loadCases();
  const results = await runSuite(cases);
  console.log(tableOf(results, before()));
  console.log(`\nThe suite ${results.total.passed ? "passes" : "does not pass"}.`);
  if (values.events !== undefined) {
    const templates = Object.fromEntries(cases.map(({ name, template }) => [name, template]));
    appendFileSync(values.events, `${eventLines(results, templates, new Date().toISOString()).join("\n")}\n`);
  }
  if (values.write) {
    writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
    writeEvaluations(evaluationsOf(results, cases));
  }
  if (!results.total.passed) process.exitCode = 1;
}

/** Makes a case of a workload in the instance that INSTANCE names. */
async function record(name: string): Promise<void> {
  const { instance } = await import("../embedded/cli/instance.ts");
  const { recordWorkload } = await import("./record-workload.ts");
  const folder = join(CASES, values.as ?? name);
  await recordWorkload(await instance(), { name, namespace: values.namespace, folder });
  console.log(`${folder}: check what case.json expects, then npm run eval -- --write`);
}

try {
  if (values.help) console.log(usage);
  else if (command === "run" && names.length === 0) await replay();
  else if (command === "refresh") {
    const { refresh } = await import("./refresh.ts");
    await refresh(chosen(), { draw: values.draw, say: console.log });
  } else if (command === "record" && names[0] !== undefined && names.length === 1) await record(names[0]);
  else throw new Error(`'${positionals.join(" ")}' is not a command:\n${usage}`);
} catch (error) {
  console.error(process.env.DEBUG ? (error as Error).stack : (error as Error).message);
  process.exitCode = 1;
}

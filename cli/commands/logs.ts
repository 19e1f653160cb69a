// `agentic logs`: what the steps of a workload's present run have logged: as their pods have it, and as it was kept of those that are gone.
import { podName } from "@agentic/api/pod-names.ts";
import { clean } from "@agentic/api/text.ts";
import { annotations, labels } from "@agentic/engine/core/names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { type KeptLog, PATHS } from "../../console/contract.ts";
import { type Node, stepsOf } from "../argo.ts";
import { addConsoleOptions, type ConsoleOptions, consoleUrl, withConsole } from "../console.ts";
import { getWorkload, type Session, withSession } from "../session.ts";
import { examples } from "./options.ts";

interface LogsOptions extends ConsoleOptions {
  follow?: boolean;
  tail?: number;
}

interface Pod {
  metadata: { name: string; creationTimestamp?: string; annotations?: Record<string, string> };
}

/** A step's pod that has run, or runs. */
interface Logged {
  step: string;
  pod: string;
  startedAt: string;
  /** Id of the step's node or kept log, where its pod is gone. */
  gone?: string;
}

interface Named {
  name: string;
  step: string | undefined;
}

/** Milliseconds of silence after which a log that is followed is given up: a step may think for long. */
const SILENCE_MS = 900_000;

export function addLogs(program: Command): void {
  const command = addConsoleOptions(program.command("logs"))
    .argument("<name>", "name of the workload")
    .argument("[step]", "name of a step; default all of them, in the order of their start")
    .description("print what a workload's steps have logged; of pods that are gone, what was kept, by the console")
    .option("-f, --follow", "go on until the pods that are there now have ended")
    .option("--tail <lines>", "only that many lines from each log's end", (text) => {
      const lines = Number(text);
      if (!Number.isInteger(lines) || lines < 0) throw new InvalidArgumentError("a whole number of lines, such as 20");
      return lines;
    })
    .action((name: string, step: string | undefined) => printLogs({ name, step }, command.optsWithGlobals()));
  examples(command, {
    "agentic logs prices": "all steps; each line begins with its step",
    "agentic logs prices analysis --follow": "one step, live",
    "agentic logs prices --tail 5": "the end of each",
    "agentic logs prices --console https://console.example": "those of pods that are gone, too",
  });
}

async function printLogs(named: Named, options: LogsOptions): Promise<void> {
  await withSession(options, async (session) => {
    const workload = await getWorkload(session, named.name);
    const { argoWorkflow, logs } = workload.status ?? {};
    if (!argoWorkflow)
      throw new Error(`${named.name} has no run yet: \`agentic show ${named.name}\` says what it waits for`);
    const { name: run, namespace } = argoWorkflow;
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const pods = await session.client.list<Pod>(path, { query: { labelSelector: `${labels.workflow}=${run}` } });
    const known = loggedIn(run, pods, await stepsOf(session, workload));
    // The run has been removed: what its steps have kept is all that there is.
    const steps = known.length === 0 && logs && consoleUrl(options) ? await keptOf(named.name, options) : known;
    const wanted = steps.filter(
      ({ step }) => !named.step || step === named.step || step.replace(/\(\d+\)$/, "") === named.step,
    );
    if (wanted.length === 0) throw new Error(missing(named, steps, { logs, asked: consoleUrl(options) !== undefined }));
    const prefixOf = ({ step }: Logged) => (named.step !== undefined && wanted.length === 1 ? "" : `${step} `);
    const live = (one: Logged) =>
      printLive(session, `${path}/${encodeURIComponent(one.pod)}/log`, { ...options, prefix: prefixOf(one) });
    const gone = wanted.filter((one) => one.gone);
    if (gone.length === 0) return await inTurn(wanted, live, options.follow);
    if (!consoleUrl(options)) {
      const steps = gone.map(({ step }) => step).join(", ");
      process.stderr.write(
        `agentic: the pods of ${steps} are gone: only the console reads what was kept of their logs\n`,
      );
      const there = wanted.filter((one) => !one.gone);
      if (there.length > 0) return await inTurn(there, live, options.follow);
    }
    await withConsole(options, async (console, of) => {
      const kept = (one: Logged) =>
        printKept(console, PATHS.logs(of, named.name), one, { ...options, prefix: prefixOf(one) });
      await inTurn(wanted, (one) => (one.gone ? kept(one) : live(one)), options.follow);
    });
  });
}

/** What is followed comes as it is written; else one step after the other. */
async function inTurn(all: readonly Logged[], printed: (one: Logged) => Promise<void>, follow = false): Promise<void> {
  if (follow) await Promise.all(all.map(printed));
  else for (const one of all) await printed(one);
}

/** Each pod that is there, and those that steps have had, in the order of their start. */
function loggedIn(run: string, pods: readonly Pod[], nodes: readonly Node[]): Logged[] {
  const there = pods.map(({ metadata: { name: pod, creationTimestamp = "", annotations: its } }) => ({
    step: stepOf(run, its?.[annotations.nodeName] ?? pod),
    pod,
    startedAt: creationTimestamp,
  }));
  const names = new Set(there.map(({ pod }) => pod));
  const gone = nodes
    .filter(({ type, finishedAt }) => type === "Pod" && finishedAt)
    .map(({ id, name, templateName, startedAt = "" }) => ({
      step: stepOf(run, name),
      pod: podName(run, name, templateName),
      startedAt,
      gone: id,
    }))
    .filter(({ pod }) => !names.has(pod));
  return [...there, ...gone].sort((one, other) => one.startedAt.localeCompare(other.startedAt));
}

/** The logs that were kept of all the workload's runs, in the order of their last lines. */
const keptOf = (name: string, options: LogsOptions): Promise<Logged[]> =>
  withConsole(options, async (console, namespace) => {
    const kept = await console.get<KeptLog[]>(PATHS.keptLogs(namespace, name));
    return kept.map(({ id, displayName: step, pod, at: startedAt }) => ({ step, pod, startedAt, gone: id }));
  });

/** The step's name, from the name of its node, which is a path such as `run.scrape(0)`. */
const stepOf = (run: string, node: string): string => (node.startsWith(`${run}.`) ? node.slice(run.length + 1) : node);

/** @param kept where logs are kept, and whether the console was asked what is there */
function missing(
  { name, step }: Named,
  steps: readonly Logged[],
  { logs, asked }: { logs: string | undefined; asked: boolean },
): string {
  if (step && steps.length > 0)
    return `${name} has no pod of a step ${step}\nit has those of ${[...new Set(steps.map((one) => one.step))].join(", ")}`;
  const kept = !logs
    ? "its pods' logs aren't kept"
    : asked
      ? `none of their logs are kept at ${logs}`
      : `their logs are kept in the object store: ${logs}\nthe console reads them: give --console https://…, or set AGENTIC_CONSOLE`;
  return `${name} has no pods any more, or none yet\n${kept}`;
}

interface Printed extends LogsOptions {
  /** Stands before each line. */
  prefix: string;
}

async function printLive({ client }: Session, path: string, { follow, tail, prefix }: Printed): Promise<void> {
  const query = {
    container: "main",
    ...(follow ? { follow: true } : {}),
    ...(tail === undefined ? {} : { tailLines: tail }),
  };
  let isEmpty = true;
  try {
    for await (const line of textLines(client.bytes(path, { query, ...(follow ? { timeoutMs: SILENCE_MS } : {}) }))) {
      isEmpty = false;
      printLine(prefix, line);
    }
  } catch (error) {
    // A pod that waits for its start; the others' logs are still to come.
    if (!isStatus(error, 400, 404)) throw error;
  }
  if (isEmpty) process.stderr.write(`agentic: ${prefix}has no log yet\n`);
}

/** The kept log has no end to count from: it is read whole. */
async function printKept(
  console: Client,
  path: string,
  { gone, step }: Logged,
  { tail, prefix }: Printed,
): Promise<void> {
  const lines: string[] = [];
  try {
    for await (const line of textLines(console.bytes(path, { query: { node: gone } })))
      if (tail === undefined) printLine(prefix, line);
      else if (lines.push(line) > tail) lines.shift();
  } catch (error) {
    // A step that was ended before it could keep anything; the others' logs are still to come.
    if (!isStatus(error, 404)) throw error;
    process.stderr.write(`agentic: ${step}: ${error.message}\n`);
  }
  for (const line of lines) printLine(prefix, line);
}

const printLine = (prefix: string, line: string): void => void process.stdout.write(`${prefix}${clean(line)}\n`);

/** Each line, also the last one without a line break. */
async function* textLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest) yield rest;
}

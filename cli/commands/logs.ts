// `agentic logs`: what the steps of a workload's present run have logged, as their pods have it.
import { clean } from "@agentic/api/text.ts";
import { annotations, labels } from "@agentic/engine/core/names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { getWorkload, type Session, type SessionOptions, withSession } from "../session.ts";
import { examples } from "./options.ts";

interface LogsOptions extends SessionOptions {
  follow?: boolean;
  tail?: number;
}

interface Pod {
  metadata: { name: string; creationTimestamp?: string; annotations?: Record<string, string> };
  status?: { phase?: string };
}

/** Milliseconds of silence after which a log that is followed is given up: a step may think for long. */
const SILENCE_MS = 900_000;

export function addLogs(program: Command): void {
  const command = program
    .command("logs")
    .argument("<name>", "name of the workload")
    .argument("[step]", "name of a step; default all of them, in the order of their start")
    .description("print what a workload's steps have logged, while their pods are there")
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
  });
}

async function printLogs(
  { name, step }: { name: string; step: string | undefined },
  options: LogsOptions,
): Promise<void> {
  await withSession(options, async (session) => {
    const { status = {} } = await getWorkload(session, name);
    const { name: run, namespace = session.namespace } = status.argoWorkflow ?? {};
    if (!run) throw new Error(`${name} has no run yet: \`agentic show ${name}\` says what it waits for`);
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const all = await session.client.list<Pod>(path, { query: { labelSelector: `${labels.workflow}=${run}` } });
    const steps = all
      .sort((one, other) =>
        (one.metadata.creationTimestamp ?? "").localeCompare(other.metadata.creationTimestamp ?? ""),
      )
      .map((pod) => ({ pod: pod.metadata.name, step: stepOf(pod, run) }));
    const wanted = steps.filter((one) => !step || one.step === step || one.step.replace(/\(\d+\)$/, "") === step);
    if (wanted.length === 0)
      throw new Error(missing({ name, step, steps: steps.map((one) => one.step), logs: status.logs }));
    const isOne = step !== undefined && wanted.length === 1;
    const printed = ({ pod, step: label }: (typeof steps)[number]) =>
      printOne(session, `${path}/${encodeURIComponent(pod)}/log`, { ...options, prefix: isOne ? "" : `${label} ` });
    // What is followed comes as it is written; else one step after the other.
    if (options.follow) await Promise.all(wanted.map(printed));
    else for (const one of wanted) await printed(one);
  });
}

/** The step's name, from the name of its node, which is a path such as `run.scrape(0)`. */
function stepOf({ metadata }: Pod, run: string): string {
  const node = metadata.annotations?.[annotations.nodeName] ?? "";
  return node.startsWith(`${run}.`) ? node.slice(run.length + 1) : node || metadata.name;
}

interface Missing {
  name: string;
  step: string | undefined;
  steps: string[];
  logs: string | undefined;
}

function missing({ name, step, steps, logs }: Missing): string {
  if (step && steps.length > 0) return `${name} has no pod of a step ${step}\nit has those of ${steps.join(", ")}`;
  const kept = logs ? `their logs are kept in the object store: ${logs}` : "its pods' logs aren't kept";
  return `${name} has no pods any more, or none yet\n${kept}`;
}

async function printOne(
  { client }: Session,
  path: string,
  { follow, tail, prefix }: LogsOptions & { prefix: string },
): Promise<void> {
  const query = {
    container: "main",
    ...(follow ? { follow: true } : {}),
    ...(tail === undefined ? {} : { tailLines: tail }),
  };
  let isEmpty = true;
  const line = (text: string) => {
    isEmpty = false;
    process.stdout.write(`${prefix}${clean(text)}\n`);
  };
  let rest = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of client.bytes(path, { query, ...(follow ? { timeoutMs: SILENCE_MS } : {}) })) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) line(text);
    }
    if (rest) line(rest);
  } catch (error) {
    // A pod that waits for its start; the others' logs are still to come.
    if (!isStatus(error, 400, 404)) throw error;
  }
  if (isEmpty) process.stderr.write(`agentic: ${prefix}has no log yet\n`);
}

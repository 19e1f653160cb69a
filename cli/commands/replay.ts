// `agentic retry`, `replay` and `compare`: a workload again, from where it failed or beside the first, and what came out otherwise.
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { createWorkload, goingOn, sameAgain } from "@agentic/kube/workloads/create.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Command } from "commander";
import { compare, resultsOf, textOf } from "../compare.ts";
import { Ended } from "../exit.ts";
import { type DataFormat, printData } from "../output.ts";
import { getWorkload, type Session, type SessionOptions, withSession } from "../session.ts";
import { waitForEnd } from "./end.ts";
import { dataOutputOption, examples, timeoutOption } from "./options.ts";
import { changesOf, type SpecFlags } from "./spec-flags.ts";

interface AgainOptions extends SessionOptions {
  as?: string;
  wait?: boolean;
  timeout?: number;
}

interface ReplayOptions extends AgainOptions, Pick<SpecFlags, "model" | "template"> {
  output: DataFormat;
}

export function addReplay(program: Command): void {
  const retry = program
    .command("retry")
    .argument("<name>", "name of a workload that has ended")
    .description("submit a workload again as the same job, which goes on from the step that didn't finish")
    .option("--as <name>", "the new name; default: the old one and five characters")
    .option("--wait", "wait for its end; the exit code is its verdict")
    .addOption(timeoutOption())
    .action((name: string) => goOn(name, retry.optsWithGlobals()));
  examples(retry, { "agentic retry prices --wait": "after the cause of the failure is mended" });
  retry.addHelpText(
    "after",
    `
What is taken over: each step before the gate that has finished with the same objective, pages, model and place of artifacts,
and whose artifacts are as it left them. The first that hasn't runs anew, and all after it whose input is another then. The gate is
asked again, and steps behind it always run. The new run's artifacts replace the first's. \`agentic replay\` keeps both.`,
  );

  const replay = program
    .command("replay")
    .argument("<name>", "name of the workload to run again")
    .description("run a workload again beside the first, perhaps with another model, and show what came out otherwise")
    .option("--as <name>", "the new name; default: the old one and five characters")
    .option("--model <name>", "the model to take instead")
    .option("--template <name>", "the WorkflowTemplate to run instead")
    .addOption(dataOutputOption("how to print the difference"))
    .addOption(timeoutOption())
    .action((name: string) => beside(name, replay.optsWithGlobals()));
  examples(replay, {
    "agentic replay prices --model large": "the difference of confidence, findings, cost and time",
    "agentic replay prices -o json": "the same model once more: how far do results vary?",
  });
  replay.addHelpText(
    "after",
    `
Every step runs: neither engine can begin in the middle of a run, and what a step reads depends on the model and on the place of
artifacts, which are the new run's own here. To go on from a step that failed, use \`agentic retry\`. A gate that a person answers
waits for one again.`,
  );

  const difference = program
    .command("compare")
    .argument("<before>", "name of a workload")
    .argument("<after>", "name of another")
    .description("show what two workloads of the tenant found and cost, and the difference")
    .addOption(dataOutputOption("how to print the difference"))
    .action((before: string, after: string) => {
      const options = difference.optsWithGlobals<ReplayOptions>();
      return withSession(options, (session) => printDifference(session, { before, after }, options.output));
    });
  examples(difference, { "agentic compare prices prices-large": "confidence, findings, cost and time" });
}

/** Submits it once more with these fields of its spec changed, and returns the new one's name. */
async function submitAgain(
  { client, namespace }: Session,
  before: AgentWorkload,
  { name, changes }: { name: string | undefined; changes: Partial<AgentWorkloadSpec> },
): Promise<string> {
  const { username: me } = await whoami(client);
  const { metadata } = await createWorkload(client, sameAgain(before, { name, changes }), { me, namespace });
  process.stderr.write(`${metadata.name}: submitted by ${me}\n`);
  return metadata.name;
}

async function goOn(name: string, options: AgainOptions): Promise<void> {
  await withSession(options, async (session) => {
    const before = await getWorkload(session, name);
    const { status } = before;
    if (!isFinal(status?.phase))
      throw new Error(
        `${name} has not ended: its phase is ${status?.phase ?? "Pending"}\nwait for it by \`agentic wait ${name}\`, or end it by \`agentic delete ${name}\``,
      );
    const as = await submitAgain(session, before, { name: options.as, changes: await goingOn(session.client, before) });
    if (options.wait) await waitForEnd(session, as, options.timeout);
  });
}

async function beside(name: string, options: ReplayOptions): Promise<void> {
  await withSession(options, async (session) => {
    const before = await getWorkload(session, name);
    const { artifacts: { prefix: _, ...place } = {} } = before.spec;
    const as = await submitAgain(session, before, {
      name: options.as,
      changes: {
        // A place of its own: the first run's artifacts stay as they are.
        artifacts: { ...place, cache: false },
        ...changesOf(options, before.spec),
      },
    });
    let verdict: Ended | undefined;
    try {
      await waitForEnd(session, as, options.timeout, process.stderr);
    } catch (error) {
      // What a run that failed has cost and found is worth a look, too.
      if (!(error instanceof Ended)) throw error;
      verdict = error;
    }
    await printDifference(session, { before: name, after: as }, options.output);
    if (verdict) throw verdict;
  });
}

async function printDifference(
  session: Session,
  { before, after }: { before: string; after: string },
  output: DataFormat,
): Promise<void> {
  const difference = compare(await resultsOf(session, before), await resultsOf(session, after));
  await printData(difference, output, textOf);
}

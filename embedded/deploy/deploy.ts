// Deploys a Pulumi program without the Pulumi CLI: up, preview, destroy, render and policy over one recording of it.
import { existsSync } from "node:fs";
import { Run } from "./apply.ts";
import type { LogEvent, Summary } from "./events.ts";
import { Journal } from "./journal.ts";
import { Unreachable } from "./kubernetes/cluster.ts";
import { LockLost } from "./lock.ts";
import { type Opened, programOf, type StackOptions, withStack } from "./open.ts";
import { plan } from "./plan.ts";
import { checkPolicies, type PackConfig, type PolicyReport } from "./policy.ts";
import { runProgram } from "./program.ts";
import { refuseLosses } from "./protected.ts";
import { providerNamespaces } from "./provider-namespaces.ts";
import { reader, referenceReader } from "./read.ts";
import { type Recording, record, refusalOf } from "./recording.ts";
import { render } from "./render.ts";
import { scrubbed } from "./scrub.ts";
import { applySetId, fileStore, none } from "./state.ts";

export type { DeployEvent, LogEvent, ResourceEvent, Summary } from "./events.ts";
export type { StackOptions } from "./open.ts";
export type { PackConfig, PolicyReport, Violation } from "./policy.ts";

/**
 * Runs the program against what is there, without a journal to see what it would change. Before the first change a second run of it is recorded to its end, and `before`
 * hears of that: what is wrong anywhere stops the run before anything is made. Where nothing changes, one run is enough.
 */
async function runStack(
  opened: Opened,
  journal: Journal | undefined,
  before: (recording: Recording) => Promise<void>,
): Promise<Run> {
  const { program, cluster, clusters, state, stop, scrubber, on } = opened;
  const dryRun = journal === undefined;
  const read = (dry: boolean) => reader(clusters, cluster, program.project, dry);
  const abort = new AbortController();
  const words: LogEvent[] = [];
  const said = new Set<string>();
  let recording: Promise<Recording> | undefined;
  const permit = (): Promise<Recording> => {
    if (recording) return recording;
    recording = record(program, {
      kept: structuredClone(state),
      scrubber,
      log: (event) => words.push(event),
      read: read(true),
      seen: (registration) => clusters.expect(registration),
      signal: stop,
    }).then(async (recorded) => {
      stop.throwIfAborted();
      await before(recorded);
      return recorded;
    });
    recording.catch(() => abort.abort());
    return recording;
  };
  const run = new Run({
    permit,
    about: async (registration, made) => await journal?.about(registration, made),
    state,
    clusters,
    applySet: applySetId(program.project, program.stack),
    dryRun,
    scrubber,
    read: read(dryRun),
    on: (event) => {
      if (event.kind === "log") said.add(event.message);
      on(event);
    },
  });
  // A new stack changes for certain: its recording needn't wait for the first change.
  if (!dryRun && !state.exists) permit();
  const failure = await runProgram(program, run, { dryRun, signal: AbortSignal.any([abort.signal, stop]) }).then(
    () => undefined,
    (error: Error) => error,
  );
  await run.settled();
  if (stop.aborted) {
    await recording?.catch(() => undefined);
    run.stop(stop);
    return run;
  }
  if (run.refused.length > 0) throw refusalOf(run.refused);
  // A program that fails in its recording too is not sound; one that doesn't has met what only a real run meets.
  if (failure && !dryRun) permit();
  try {
    await recording;
  } catch (error) {
    for (const word of words) if (!said.has(word.message)) on(word);
    throw new Error(scrubber.clean((error as Error).message));
  }
  if (failure && dryRun) throw new Error(scrubber.clean(failure.message));
  if (failure) run.fail(failure.message);
  return run;
}

/** Makes the cluster as the program says: creates, updates, replaces, waits until it is ready, and prunes. */
export async function up(options: StackOptions): Promise<Summary> {
  return await withStack(options, true, async (opened) => {
    const { store, state, clusters, stop } = opened;
    const journal = new Journal(store, state);
    const run = await runStack(opened, journal, async (recording) => {
      refuseLosses(state, recording);
      await plan(state, recording, clusters);
      await journal.save();
    });
    // With something missing, what seems superfluous may still be in use: it waits for a run that succeeds.
    if (!run.hasFailed) await run.prune();
    run.stop(stop);
    if (!run.hasFailed) {
      // Secrets among them are as safe there as in any Secret of the cluster.
      state.outputs = run.revealed;
      state.secretOutputs = run.summary.secretOutputs;
      state.secretPaths = run.secretPaths;
    }
    await recordEnd(run, stop, () => journal.save());
    return run.finish();
  });
}

/** Keeps the state that a run ends with, unless it is another run's by now. That it can't be kept is a failure beside the others. */
async function recordEnd(run: Run, stop: AbortSignal, keep: () => Promise<void>): Promise<void> {
  if (stop.reason instanceof LockLost) return;
  await keep().catch((error: Error) => run.fail(`what it has made is not recorded as made: ${error.message}`));
}

/** Tells what `up` would do, by the API server's own dry run, and changes nothing. */
export async function preview(options: StackOptions): Promise<Summary> {
  return await withStack(options, false, async (opened) => {
    const run = await runStack(opened, undefined, async () => {});
    if (!run.hasFailed) await run.prune();
    return run.finish();
  });
}

/** How a stack is destroyed. */
export interface DestroyOptions extends StackOptions {
  /**
   * Whether a cluster that doesn't answer is gone for good: then it took everything along, the state included. Default: what
   * PULUMI_K8S_DELETE_UNREACHABLE says, as for the CLI.
   */
  clusterGone?: boolean;
}

/** Removes everything that the stack has made. */
export async function destroy(options: DestroyOptions): Promise<Summary> {
  const { clusterGone = process.env.PULUMI_K8S_DELETE_UNREACHABLE === "true" } = options;
  try {
    return await destroyThere(options);
  } catch (error) {
    const { kubeconfig = "" } = options;
    const isLost = kubeconfig !== "" && !kubeconfig.includes("\n") && !existsSync(kubeconfig);
    if (!(error instanceof Unreachable) && !isLost) throw error;
    if (!clusterGone)
      throw new Error(
        `${(error as Error).message}. If the cluster is gone for good, say so: destroy --cluster-gone, or PULUMI_K8S_DELETE_UNREACHABLE=true`,
      );
    const message = `${(error as Error).message} The stack's state was kept there: nothing is left to remove.`;
    options.on?.({ kind: "log", severity: "warning", message, urn: "" });
    const counts = { created: 0, updated: 0, replaced: 0, unchanged: 0, deleted: 0, failed: 0 };
    return { ...counts, failures: [], outputs: {}, secretOutputs: [] };
  }
}

async function destroyThere(options: StackOptions): Promise<Summary> {
  return await withStack(options, true, async ({ store, state, program, cluster, clusters, stop, scrubber, on }) => {
    const run = new Run({
      permit: async () => ({ registrations: [], outputs: {}, random: {} }),
      about: async () => {},
      state,
      clusters,
      applySet: applySetId(program.project, program.stack),
      dryRun: false,
      scrubber,
      read: reader(clusters, cluster, program.project, false),
      on,
    });
    await run.remove(Object.entries(state.resources));
    run.stop(stop);
    await recordEnd(run, stop, () => (run.hasFailed ? store.save(state) : store.remove()));
    return run.finish();
  });
}

/** The outputs of the last run that succeeded, secrets in clear. */
export async function readOutputs(options: StackOptions): Promise<Record<string, unknown>> {
  return await withStack(options, false, async ({ state }) => state.outputs);
}

/** Where to write, and where values made without a cluster are kept. */
export interface RenderOptions extends StackOptions {
  out: string;
  /** File for random values where no cluster is asked. */
  stateFile: string;
}

/** Writes the platform as one YAML file per object, in an order in which they can be applied. Needs no cluster. */
export async function renderTo(options: RenderOptions): Promise<string[]> {
  const program = programOf(options);
  const { scrubber, on } = scrubbed(program, options.on);
  const store = fileStore(options.stateFile);
  const state = await store.load();
  const { read, close } = referenceReader(options, program.project);
  const recorded = record(program, { kept: state, log: on, scrubber, read, otherProviders: true });
  const recording = await recorded.finally(close);
  for (const [urn, { resource }] of Object.entries(recording.random)) state.resources[urn] = resource;
  await store.save(state);
  const { registrations } = recording;
  return render(registrations, options.out, {
    namespaceOf: providerNamespaces(registrations, { ...options, config: program.config }),
    warn: (message, urn) => on({ kind: "log", severity: "warning", message, urn }),
  });
}

/** Asks Pulumi's own policy runtime what a CrossGuard pack says of everything that the program registers. */
export async function policy(options: StackOptions & { pack: string; packConfig?: PackConfig }): Promise<PolicyReport> {
  const program = programOf(options);
  const { scrubber, on } = scrubbed(program, options.on);
  const { read, close } = referenceReader(options, program.project);
  const recorded = record(program, { kept: none(), log: on, scrubber, read, anyType: true, positions: true });
  const { registrations } = await recorded.finally(close);
  // A user's name that is in a Secret is also in the names of what is shown.
  scrubber.allow(registrations.map(({ urn }) => urn).join("\n"));
  return scrubber.cleanAll(await checkPolicies(options.pack, program, registrations, options.packConfig));
}

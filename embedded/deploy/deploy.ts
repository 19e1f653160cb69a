// Deploys a Pulumi program without the Pulumi CLI: up, preview, destroy, render and policy over one recording of it.
import { existsSync } from "node:fs";
import { Run } from "./apply.ts";
import type { LogEvent, Summary } from "./events.ts";
import { Journal } from "./journal.ts";
import { Unreachable } from "./kubernetes/cluster.ts";
import { LockLost } from "./lock.ts";
import { type Opened, programOf, type StackOptions, withStack } from "./open.ts";
import { plan } from "./plan.ts";
import { checkPolicies, type PackConfig, type PolicyReport } from "./policy/check.ts";
import { runProgram } from "./program.ts";
import { refuseLosses } from "./protected.ts";
import { providerNamespaces } from "./provider-namespaces.ts";
import { reader, referenceReader } from "./read.ts";
import { type Recording, record, refusalOf } from "./recording.ts";
import { render } from "./render.ts";
import { scrubbed } from "./scrub.ts";
import { applySetId, emptyState, fileStore } from "./state.ts";

export type { DeployEvent, LogEvent, ResourceEvent, Summary } from "./events.ts";
export type { StackOptions } from "./open.ts";
export type { PackConfig, PolicyReport, Violation } from "./policy/check.ts";

/**
 * Runs the program against the clusters; without a journal this is a dry run. Before the first change, a second run of the program is
 * recorded completely and given to `before`, so that an error anywhere stops the run before anything changes. A run without changes records nothing.
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
  const recordedLogs: LogEvent[] = [];
  const shownMessages = new Set<string>();
  let recording: Promise<Recording> | undefined;
  const permit = (): Promise<Recording> => {
    if (recording) return recording;
    recording = record(program, {
      previous: structuredClone(state),
      scrubber,
      log: (event) => recordedLogs.push(event),
      read: read(true),
      onRegistration: (registration) => clusters.expect(registration),
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
    recordIntent: async (registration, object) => await journal?.recordIntent(registration, object),
    state,
    clusters,
    applySet: applySetId(program.project, program.stack),
    dryRun,
    scrubber,
    read: read(dryRun),
    on: (event) => {
      if (event.kind === "log") shownMessages.add(event.message);
      on(event);
    },
  });
  // A new stack is certain to change something: its recording starts at once.
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
  // If the recording fails too, the program is wrong and nothing may change; if it succeeds, only this run failed.
  if (failure && !dryRun) permit();
  try {
    await recording;
  } catch (error) {
    for (const word of recordedLogs) if (!shownMessages.has(word.message)) on(word);
    throw new Error(scrubber.clean((error as Error).message));
  }
  if (failure && dryRun) throw new Error(scrubber.clean(failure.message));
  if (failure) run.fail(failure.message);
  return run;
}

/** Brings the clusters to the program's desired state: creates, updates, replaces, waits until objects are ready, and prunes. */
export async function up(options: StackOptions): Promise<Summary> {
  return await withStack(options, true, async (opened) => {
    const { store, state, clusters, stop } = opened;
    const journal = new Journal(store, state);
    const run = await runStack(opened, journal, async (recording) => {
      refuseLosses(state, recording);
      await plan(state, recording, clusters);
      await journal.save();
    });
    // After a failure, resources that seem superfluous may still be in use: pruning waits for a run that succeeds.
    if (!run.hasFailed) await run.prune();
    run.stop(stop);
    if (!run.hasFailed) {
      // Secret outputs are as safe in the state as in any Secret of the cluster.
      state.outputs = run.revealed;
      state.secretOutputs = run.summary.secretOutputs;
      state.secretPaths = run.secretPaths;
    }
    await recordEnd(run, stop, () => journal.save());
    return run.finish();
  });
}

/** Saves the state that a run ends with, unless another run holds the stack by now. If saving fails, that is one more failure of the run. */
async function recordEnd(run: Run, stop: AbortSignal, keep: () => Promise<void>): Promise<void> {
  if (stop.reason instanceof LockLost) return;
  await keep().catch((error: Error) => run.fail(`the state could not be saved: ${error.message}`));
}

/** Reports what `up` would do, by the API server's own dry run, and changes nothing. */
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
   * Whether a cluster that doesn't answer is gone for good, with all its objects and the state. Default:
   * PULUMI_K8S_DELETE_UNREACHABLE, as for the CLI.
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
      recordIntent: async () => {},
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

/** How a stack is rendered: the output folder, and the file of its random values. */
export interface RenderOptions extends StackOptions {
  out: string;
  /** File that keeps random values between renders. */
  stateFile: string;
}

/** Writes the platform as one YAML file per object, in an order in which they can be applied. Needs no cluster. */
export async function renderTo(options: RenderOptions): Promise<string[]> {
  const program = programOf(options);
  const { scrubber, on } = scrubbed(program, options.on);
  const store = fileStore(options.stateFile);
  const state = await store.load();
  const { read, close } = referenceReader(options, program.project);
  const recorded = record(program, { previous: state, log: on, scrubber, read, otherProviders: true });
  const recording = await recorded.finally(close);
  for (const [urn, { resource }] of Object.entries(recording.random)) state.resources[urn] = resource;
  await store.save(state);
  const { registrations } = recording;
  return render(registrations, options.out, {
    namespaceOf: providerNamespaces(registrations, { ...options, config: program.config }),
    warn: (message, urn) => on({ kind: "log", severity: "warning", message, urn }),
  });
}

/** Checks everything that the program registers against a CrossGuard policy pack, in Pulumi's own policy runtime. */
export async function policy(options: StackOptions & { pack: string; packConfig?: PackConfig }): Promise<PolicyReport> {
  const program = programOf(options);
  const { scrubber, on } = scrubbed(program, options.on);
  const { read, close } = referenceReader(options, program.project);
  const recorded = record(program, { previous: emptyState(), log: on, scrubber, read, anyType: true, positions: true });
  const { registrations } = await recorded.finally(close);
  // A user name that is in a Secret may also be part of resource names: those are shown.
  scrubber.allow(registrations.map(({ urn }) => urn).join("\n"));
  return scrubber.cleanAll(await checkPolicies(options.pack, program, registrations, options.packConfig));
}

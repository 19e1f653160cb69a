// Deploys a Pulumi program without the Pulumi CLI: up, preview, destroy, render and policy over one recording of it.
import { basename } from "node:path";
import { Run } from "./apply.ts";
import { readConfig, readProject } from "./config.ts";
import type { DeployEvent, Summary } from "./events.ts";
import { Cluster } from "./kubernetes/cluster.ts";
import { type Program, runProgram } from "./program.ts";
import { isProvider, record } from "./recording.ts";
import { render } from "./render.ts";
import { applySetId, clusterStore, fileStore, type State, type Store } from "./state.ts";

export type { DeployEvent, ResourceEvent, Summary } from "./events.ts";

/** Which program, for which stack, and where its state is. */
export interface StackOptions {
  /** Folder of Pulumi.yaml. */
  directory: string;
  stack: string;
  /** Config that wins over the stack's file; keys without a namespace are the project's. */
  config?: Record<string, unknown>;
  /** Of the cluster that holds the state; "" is KUBECONFIG or ~/.kube/config. */
  kubeconfig?: string;
  context?: string;
  on?: (event: DeployEvent) => void;
}

interface Opened {
  program: Program;
  cluster: Cluster;
  store: Store;
  state: State;
  on: (event: DeployEvent) => void;
}

function programOf({ directory, stack, config }: StackOptions): Program {
  const project = readProject(directory);
  return {
    directory,
    main: project.main,
    project: project.name,
    stack,
    config: readConfig(directory, project, stack, config),
  };
}

async function open(options: StackOptions): Promise<Opened> {
  const program = programOf(options);
  const cluster = new Cluster(options.kubeconfig ?? "", options.context);
  const store = clusterStore(cluster, program.project, program.stack);
  return { program, cluster, store, state: await store.load(), on: options.on ?? (() => {}) };
}

function runOf(
  { program, cluster, state, on }: Opened,
  options: StackOptions,
  recording: Awaited<ReturnType<typeof record>>,
  dryRun: boolean,
): Run {
  return new Run({
    recording,
    state,
    applySet: applySetId(program.project, program.stack),
    dryRun,
    kubeconfig: options.kubeconfig,
    stack: (name) => clusterStore(cluster, name.split("/").at(-2) ?? program.project, basename(name)).load(),
    on,
  });
}

/** Makes the cluster as the program says: creates, updates, replaces, waits until it is ready, and prunes. */
export async function up(options: StackOptions): Promise<Summary> {
  const opened = await open(options);
  const { program, cluster, store, state, on } = opened;
  try {
    const recording = await record(program, state, on);
    // Random values are written down before anything is made of them: a crash in between loses none.
    for (const [urn, resource] of Object.entries(recording.random)) state.resources[urn] = resource;
    await store.save(state);
    const run = runOf(opened, options, recording, false);
    try {
      await runProgram(program, run, { dryRun: false });
      // With something missing, what seems superfluous may still be in use: it waits for a run that succeeds.
      if (!run.hasFailed) await run.prune();
    } finally {
      const summary = await run.finish();
      if (summary.failures.length === 0) {
        // Secrets among them are as safe there as in any Secret of the cluster.
        state.outputs = summary.outputs;
        state.secretOutputs = summary.secretOutputs;
      }
      await store.save(state);
    }
    return run.summary;
  } finally {
    await cluster.close();
  }
}

/** Tells what `up` would do, by the API server's own dry run, and changes nothing. */
export async function preview(options: StackOptions): Promise<Summary> {
  const opened = await open(options);
  const { program, cluster, state } = opened;
  try {
    const before = structuredClone(state);
    const recording = await record(program, before, () => {});
    const run = runOf({ ...opened, state: before }, options, recording, true);
    await runProgram(program, run, { dryRun: true });
    await run.prune();
    return await run.finish();
  } finally {
    await cluster.close();
  }
}

/** Removes everything that the stack has made. A cluster that is gone has nothing left to remove. */
export async function destroy(options: StackOptions): Promise<Summary> {
  const opened = await open(options);
  const { store, state, cluster } = opened;
  try {
    const run = runOf(opened, options, { registrations: [], outputs: {}, random: {} }, false);
    await run.remove(Object.entries(state.resources));
    const summary = await run.finish();
    if (summary.failures.length === 0) await store.remove();
    else await store.save(state);
    return summary;
  } finally {
    await cluster.close();
  }
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
  const on = options.on ?? (() => {});
  const store = fileStore(options.stateFile);
  const state = await store.load();
  const recording = await record(program, state, on);
  Object.assign(state.resources, recording.random);
  await store.save(state);
  return render(
    recording.registrations.filter(({ type, custom }) => custom && !isProvider(type)),
    options.out,
  );
}

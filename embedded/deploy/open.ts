// A stack as it is opened for a run: its program, its cluster, its state and the lock on them.
import { Clusters } from "./clusters.ts";
import { readConfig, readProject } from "./config.ts";
import type { DeployEvent } from "./events.ts";
import { Cluster } from "./kubernetes/cluster.ts";
import { lock } from "./lock.ts";
import { defaultSettings } from "./options/provider-options.ts";
import type { Program } from "./program.ts";
import { type Scrubber, scrubbed } from "./scrub.ts";
import { applySetId, clusterStore, parentName, type State, type Store } from "./state.ts";

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

/** A stack to work with. */
export interface Opened {
  program: Program;
  cluster: Cluster;
  clusters: Clusters;
  store: Store;
  state: State;
  scrubber: Scrubber;
  on: (event: DeployEvent) => void;
}

/** The program of a stack, with its configuration. */
export function programOf({ directory, stack, config }: StackOptions): Program {
  const project = readProject(directory);
  return {
    directory,
    main: project.main,
    nodeArgs: project.nodeArgs,
    project: project.name,
    stack,
    config: readConfig(directory, project, stack, config),
  };
}

/** Opens a stack for `work` and closes it after. `exclusive` keeps other runs of it out. */
export async function withStack<T>(
  options: StackOptions,
  exclusive: boolean,
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const program = programOf(options);
  const { project, stack } = program;
  const cluster = new Cluster(options.kubeconfig ?? "", options.context);
  const release = exclusive ? await lock(cluster, parentName(project, stack)) : async () => {};
  let clusters: Clusters | undefined;
  try {
    const store = clusterStore(cluster, project, stack);
    const state = await store.load();
    clusters = new Clusters({
      state,
      applySet: applySetId(project, stack),
      ...options,
      home: cluster.server,
      defaults: defaultSettings(program.config),
    });
    return await work({ program, cluster, clusters, store, state, ...scrubbed(program, options.on) });
  } finally {
    await release();
    await clusters?.close();
    await cluster.close();
  }
}

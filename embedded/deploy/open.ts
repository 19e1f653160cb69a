// Opens a stack for a run: its program, its cluster, its state and its lock.
import { Clusters } from "./clusters.ts";
import { readConfig } from "./config/config.ts";
import { readProject } from "./config/project.ts";
import type { Program } from "./engine.ts";
import type { DeployEvent } from "./events.ts";
import { onInterrupt } from "./interrupt.ts";
import { Cluster } from "./kubernetes/cluster.ts";
import { StackLock } from "./lock.ts";
import { defaultSettings } from "./options/provider-options.ts";
import { type Scrubber, scrubbed } from "./scrub.ts";
import { applySetId, clusterStore, parentName, type Store } from "./state.ts";
import type { State } from "./state-types.ts";

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

/** An open stack. */
export interface Opened {
  program: Program;
  cluster: Cluster;
  clusters: Clusters;
  store: Store;
  state: State;
  /** Aborted with a Stopped once nothing more may be changed. */
  stop: AbortSignal;
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
    config: readConfig({ project, stack, config }),
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
  const { scrubber, on } = scrubbed(program, options.on);
  const cluster = new Cluster(options.kubeconfig ?? "", options.context);
  // The Lease itself is written without a fence, which would ask for the Lease.
  const leases = new Cluster(options.kubeconfig ?? "", options.context);
  const say = (severity: "info" | "warning") => (message: string) => on({ kind: "log", severity, message, urn: "" });
  const interrupt = exclusive ? onInterrupt(say("warning")) : undefined;
  let lock: StackLock | undefined;
  let clusters: Clusters | undefined;
  try {
    const signal = interrupt?.signal;
    if (exclusive)
      lock = await StackLock.take({ cluster: leases, name: parentName(project, stack), tell: say("info"), signal });
    const stop = AbortSignal.any([interrupt?.signal, lock?.lost].flatMap((candidate) => candidate ?? []));
    stop.throwIfAborted();
    const held = lock;
    cluster.fence = async () => await held?.check();
    const store = clusterStore(cluster, project, stack);
    const state = await store.load();
    clusters = new Clusters({
      state,
      applySet: applySetId(project, stack),
      ...options,
      home: cluster.server,
      defaults: defaultSettings(program.config),
      fence: async () => {
        stop.throwIfAborted();
        await held?.check();
      },
      stop,
    });
    return await work({ program, cluster, clusters, store, state, stop, scrubber, on });
  } finally {
    // An error of the run counts more than one of the Lease.
    await lock?.release().catch((error: Error) => {
      say("warning")(
        `the Lease of this run could not be deleted, and the next run waits until it expires: ${error.message}`,
      );
    });
    interrupt?.forget();
    await Promise.all([clusters?.close(), cluster.close(), leases.close()]);
  }
}

// A simulated cluster in virtual time: the built-in engine's own core decides, and pods run as a script says.
import { type Advance, advance, isOver } from "@agentic/engine/core/advance.ts";
import { REJECTED } from "@agentic/engine/core/failure.ts";
import { emptyLibrary, type Library, type Pod, type Workflow } from "@agentic/engine/core/types.ts";

/** How a pod runs and ends. */
export interface Script {
  /** Seconds that it is pending. */
  pending?: number;
  /** Seconds that it then runs, Infinity for one that hangs; default 1. */
  seconds?: number;
  exitCode?: number;
  reason?: string;
  /** The termination message. */
  output?: string;
  logs?: string;
  /** Why its log cannot be read. */
  logProblem?: string;
  /** Message with which the API server refuses to create it. */
  refused?: string;
  /** The pod's own message, as when it outlives its deadline. */
  podMessage?: string;
  podReason?: string;
  /** Whether somebody deletes it before it ends. */
  deleted?: boolean;
}

interface Running {
  pod: Pod;
  script: Script;
  startsAt: number;
  endsAt: number;
}

const stamp = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function freeze<T>(value: T): T {
  if (value !== null && typeof value === "object" && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}

export class SimulatedCluster {
  workflow: Workflow;
  now: number;
  deleted = false;
  readonly pods = new Map<string, Running>();
  readonly created: string[] = [];
  readonly trace: { at: number; result: Advance }[] = [];
  /** The most pods that were pending or running at the same time. */
  mostPods = 0;
  readonly #library: Library;
  readonly #script: (pod: Pod) => Script;

  constructor(workflow: Workflow, script: (pod: Pod) => Script = () => ({}), library: Library = emptyLibrary) {
    this.workflow = freeze(structuredClone(workflow));
    this.now = Date.parse(workflow.metadata.creationTimestamp ?? "2026-01-01T00:00:00Z");
    this.#script = script;
    this.#library = library;
  }

  list(): Pod[] {
    return [...this.pods.values()].map(({ pod }) => pod);
  }

  /** Runs one pass of the engine and applies its result. */
  step(): Advance {
    const result = advance(this.workflow, this.list(), new Date(this.now), this.#library);
    if (result.wakeAt && !(result.wakeAt.getTime() > this.now))
      throw new Error(`asked at ${this.now} to be woken at ${result.wakeAt.getTime()}`);
    this.trace.push({ at: this.now, result });
    const { metadata } = this.workflow;
    this.workflow = freeze(
      structuredClone({
        ...this.workflow,
        metadata: {
          ...metadata,
          labels: { ...metadata.labels, ...result.labels },
          annotations: { ...metadata.annotations, ...result.annotations },
        },
        status: result.status,
      }),
    );
    if (result.expired) this.deleted = true;
    for (const name of result.podsToDelete) this.pods.delete(name);
    for (const name of result.podsCompleted)
      this.#change(name, { labels: { "workflows.argoproj.io/completed": "true" } });
    for (const name of result.logsNeeded) {
      const running = this.pods.get(name);
      const { logs = "", logProblem } = running?.script ?? {};
      const log = logProblem === undefined ? { logs } : { logProblem };
      if (running) running.pod = freeze({ ...running.pod, ...log });
    }
    for (const pod of result.podsToCreate) {
      if (this.pods.has(pod.metadata.name)) continue;
      const script = this.#script(pod);
      const startsAt = this.now + (script.pending ?? 0) * 1000;
      const copy = structuredClone(pod);
      copy.spec.nodeName = "node1";
      const { refused } = script;
      copy.status =
        refused === undefined ? { phase: "Pending" } : { phase: "Failed", reason: REJECTED, message: refused };
      this.created.push(pod.metadata.name);
      this.pods.set(pod.metadata.name, {
        pod: freeze(copy),
        script,
        startsAt,
        endsAt: startsAt + (script.seconds ?? 1) * 1000,
      });
    }
    this.mostPods = Math.max(
      this.mostPods,
      this.list().filter(({ status }) => status?.phase === "Pending" || status?.phase === "Running").length,
    );
    return result;
  }

  #change(name: string, change: { labels?: Record<string, string>; status?: Pod["status"] }): void {
    const running = this.pods.get(name);
    if (!running) return;
    const { pod } = running;
    running.pod = freeze({
      ...pod,
      metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...change.labels } },
      status: { ...pod.status, ...change.status },
    });
  }

  #end(name: string, { script, endsAt }: Running): void {
    if (script.deleted) {
      this.pods.delete(name);
      return;
    }
    const exitCode = script.exitCode ?? 0;
    const reason = script.reason ?? (exitCode === 0 ? "Completed" : "Error");
    const terminated = {
      exitCode,
      reason,
      finishedAt: stamp(endsAt),
      ...(script.output === undefined ? {} : { message: script.output }),
    };
    this.#change(name, {
      status: {
        phase: exitCode === 0 ? "Succeeded" : "Failed",
        ...(script.podMessage === undefined ? {} : { message: script.podMessage }),
        ...(script.podReason === undefined ? {} : { reason: script.podReason }),
        containerStatuses: [{ name: "main", state: { terminated } }],
      },
    });
  }

  /** Starts and ends the pods that are due; returns whether any changed. */
  #tick(): boolean {
    let hasChanged = false;
    for (const [name, running] of this.pods) {
      const { phase } = running.pod.status ?? {};
      if (phase === "Pending" && this.now >= running.startsAt) {
        this.#change(name, {
          status: { phase: "Running", containerStatuses: [{ name: "main", state: { running: {} } }] },
        });
        hasChanged = true;
      } else if (phase === "Running" && this.now >= running.endsAt) {
        this.#end(name, running);
        hasChanged = true;
      }
    }
    return hasChanged;
  }

  #next(wakeAt: Date | undefined): number | undefined {
    const times = [...this.pods.values()].flatMap(({ pod, startsAt, endsAt }) => {
      if (pod.status?.phase === "Pending") return [startsAt];
      return pod.status?.phase === "Running" ? [endsAt] : [];
    });
    if (wakeAt) times.push(wakeAt.getTime());
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : undefined;
  }

  /** Runs until `until` holds (default: the workflow is over), or until nothing is left to happen. */
  run(
    condition: (cluster: SimulatedCluster) => boolean = (cluster) => isOver(cluster.workflow.status?.phase),
    passes = 5000,
  ): this {
    for (let i = 0; i < passes; i++) {
      const result = this.step();
      if (condition(this)) return this;
      const isRefused = result.podsToCreate.some(
        (pod) => this.pods.get(pod.metadata.name)?.script.refused !== undefined,
      );
      if (this.#tick() || isRefused || result.logsNeeded.length > 0) continue;
      const next = this.#next(result.wakeAt);
      if (next === undefined) return this;
      this.now = Math.max(next, this.now);
      this.#tick();
    }
    throw new Error(`no end after ${passes} passes`);
  }

  /** Advances the time to `ms`: pods start and end, and the engine runs a pass whenever something is due. */
  advanceTo(ms: number): void {
    for (let passes = 0; passes < 1000; passes++) {
      const result = this.step();
      const isRefused = result.podsToCreate.some(
        (pod) => this.pods.get(pod.metadata.name)?.script.refused !== undefined,
      );
      if (this.#tick() || isRefused || result.logsNeeded.length > 0) continue;
      const next = this.#next(result.wakeAt);
      if (next === undefined || next > ms || next <= this.now) break;
      this.now = next;
      this.#tick();
    }
    this.now = Math.max(this.now, ms);
    this.#tick();
    this.step();
  }

  node(name: string) {
    return Object.values(this.workflow.status?.nodes ?? {}).find(
      (node) => node.name === name || node.displayName === name,
    );
  }
}

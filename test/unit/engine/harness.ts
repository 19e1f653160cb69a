// The controller on an API server in memory, one pass at a time and at a time of the test's choice.
import pino from "pino";
import { type Caches, makeCaches } from "../../../embedded/engine/controller/caches.ts";
import { Controller } from "../../../embedded/engine/controller/controller.ts";
import { Metrics } from "../../../embedded/engine/controller/metrics.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { NodeStatus, Pod, Workflow, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { eventually, MemoryApi } from "./api.ts";
import { workflow } from "./simulated-cluster.ts";

export const NS = "ns";
export const container = { image: "i", command: ["c"] };
export const single: WorkflowSpec = { entrypoint: "main", templates: [{ name: "main", container }] };
export const succeeded: Pod["status"] = {
  phase: "Succeeded",
  containerStatuses: [{ name: "main", state: { terminated: { exitCode: 0 } } }],
};

export class Harness {
  readonly api = new MemoryApi();
  readonly requeued: [string, number | undefined][] = [];
  readonly forgotten: string[] = [];
  readonly caches: Caches;
  readonly controller: Controller;
  now = new Date("2026-01-01T00:00:00Z");

  private constructor(onPodPhase: (pod: Pod) => void) {
    const ignore = () => {};
    this.caches = makeCaches({ client: this.api, namespaces: [], onChange: ignore, onProblem: ignore, onPodPhase });
    this.controller = this.on(this.caches);
  }

  static async start(onPodPhase: (pod: Pod) => void = () => {}): Promise<Harness> {
    const harness = new Harness(onPodPhase);
    await harness.caches.start();
    return harness;
  }

  /** A controller that sees the cluster by other caches. */
  on(caches: Caches, options: { runtimeClass?: string } = {}): Controller {
    return new Controller({
      ...options,
      client: this.api,
      caches,
      metrics: new Metrics({ workflows: () => [], pods: () => [], depth: () => 0, busy: () => 0 }),
      log: pino({ level: "silent" }),
      requeue: (key, at) => this.requeued.push([key, at]),
      forget: (key) => this.forgotten.push(key),
      now: () => this.now,
    });
  }

  stop(): Promise<void> {
    return this.caches.stop();
  }

  async reconcile(key = `${NS}/wf`, times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.controller.reconcile(key);
  }

  wait(seconds: number): void {
    this.now = new Date(this.now.getTime() + seconds * 1000);
  }

  stored(name = "wf"): Workflow | undefined {
    return this.api.objects.get(paths.workflow(NS, name)) as unknown as Workflow | undefined;
  }

  node(displayName: string): NodeStatus | undefined {
    return Object.values(this.stored()?.status?.nodes ?? {}).find((node) => node.displayName === displayName);
  }

  writes(): string[] {
    return this.api.calls.filter((call) => !call.startsWith("GET") && !call.startsWith("WATCH"));
  }

  async submit(spec: WorkflowSpec, name = "wf"): Promise<void> {
    this.api.put(paths.workflows(NS), workflow(spec, name));
    await eventually("the workflow is cached", () => this.caches.workflow(`${NS}/${name}`) !== undefined);
  }

  /** Plays the kubelet. */
  async end(name: string, status: Pod["status"]): Promise<void> {
    this.api.put(paths.pods(NS), { ...this.api.objects.get(paths.pod(NS, name)), status });
    await eventually("the pod is cached", () =>
      this.caches
        .pods(`${NS}/wf`)
        .some((cached) => cached.metadata.name === name && cached.status?.phase === status?.phase),
    );
  }
}

// A whole life of a workload in virtual time: the real control loop on an API server in memory, an engine that plays the
// steps, and whatever is to go wrong. The clock must be vitest's own.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import pino from "pino";
import { vi } from "vitest";
import { PATHS, type Workflow } from "../../../operator/argo.ts";
import { Controller } from "../../../operator/controller/controller.ts";
import type { CostRecord } from "../../../operator/decide/cost-record.ts";
import type { Recorded, Spent } from "../../../operator/decide/types.ts";
import { EventRecorder } from "../../../operator/kube/events.ts";
import { type Call, type Disturb, type Fault, MemoryApi } from "./memory-api.ts";
import { gate, PRICES, START, TEMPLATE, TENANT } from "./observed.ts";
import { quietMetrics } from "./quiet-metrics.ts";
import type { Scenario } from "./scenarios.ts";

const NAMESPACE = "tenant-demo";
const NAME = "prices";
const subject = workloadPath(NAMESPACE, NAME);

/** What goes wrong. */
export interface FaultPlan {
  /** Called with the number of each call, from 1; an error, or `kill` for the end of the process. */
  faultAt?: (count: number, call: Call) => Fault | "kill before" | "kill after" | undefined;
  disturb?: Disturb;
  /** Virtual seconds for which costs can't be recorded. Default none. */
  ledgerDownSeconds?: number;
  /** What the gateway has booked for the workload. Default: that isn't known. */
  spent?: Spent;
  /** Somebody deletes the workload so many virtual seconds after the start. */
  deletedAfter?: number;
  /** Virtual seconds after which nobody looks any more; default two hours. */
  maxSeconds?: number;
}

/** How a life ended. */
export interface ScenarioResult {
  /** Calls of the operator, all its processes together. */
  calls: number;
  /** Of the workload when it was last seen. */
  phase: string | undefined;
  message: string | undefined;
  /** Who has answered at the gate, as the status has recorded it. */
  answers: string[];
  /** Names of all Workflows that were ever made. */
  workflows: string[];
  /** Whether the workload and its Workflows are gone. */
  deleted: boolean;
  /** Keys that wait for a worker, and timers, when all is quiet. */
  pending: number;
  /** What was recorded, each try, and the second at which it was. */
  records: (CostRecord & { second: number })[];
  /** Conditions of the workload when it was last seen, as `type=status`. */
  conditions: string[];
  /** Virtual seconds that it took. */
  seconds: number;
  /** Those of the last process. */
  metrics: ReturnType<typeof quietMetrics> | undefined;
}

/** One process of the operator. */
export class Process {
  readonly #end = new AbortController();
  readonly #controller: Controller;
  readonly metrics = quietMetrics();
  #alive = true;

  constructor(
    api: MemoryApi,
    options: {
      fault: (call: Call) => Fault | undefined;
      disturb?: Disturb;
      allowed: boolean;
      /** Writes a record of a cost. Default: nothing is recorded. */
      store?: (record: CostRecord) => Recorded;
      /** What the gateway has booked. */
      spent?: Spent | undefined;
      /** Called before each decision. */
      onDecision?: () => void;
    },
  ) {
    const log = pino({ level: "silent" });
    const client = api.client({ ...options, alive: () => this.#alive });
    const { store } = options;
    const write = async (record: CostRecord) => {
      return this.#alive && store ? store(record) : await new Promise<Recorded>(() => {});
    };
    this.#controller = new Controller({
      client,
      policy: { ask: async ({ rule }) => ({ ok: true, allow: rule === "start" || options.allowed, reasons: [] }) },
      notifier: { send: () => {}, ended: () => [], settled: () => {}, recall: () => {}, prune: () => {} },
      events: new EventRecorder(client, "test"),
      metrics: this.metrics,
      log,
      prices: PRICES,
      ledger: store
        ? { store: write, keep: (record) => void write(record), spent: async () => options.spent }
        : undefined,
      now: () => {
        options.onDecision?.();
        return Date.now();
      },
    });
    void this.#controller.caches.run(this.#end.signal);
    void Promise.all(this.#controller.caches.all.map(({ synced }) => synced)).then(async () => {
      if (this.#alive) await this.#controller.work(2);
    });
  }

  get depth(): number {
    return this.#controller.depth;
  }

  /** SIGKILL: nothing that was under way comes to an end. */
  kill(): void {
    this.#alive = false;
    this.#controller.stop();
    this.#end.abort();
  }
}

/** How long a workload is watched after its end. */
const quietSeconds = 60;

/** The first of these people who hasn't approved does so, where the gate waits and no answer stands there. */
function approveNext(api: MemoryApi, approvers: readonly string[]): void {
  const { metadata, status } = (api.find(subject) as AgentWorkload | undefined) ?? {};
  if (status?.phase !== "AwaitingApproval" || metadata?.annotations?.[ANNOTATIONS.approval] !== undefined) return;
  const next = approvers.find((name) => !status.approval?.answers?.some(({ by }) => by === name));
  if (next)
    api.patch(subject, {
      metadata: { name: NAME, annotations: { [ANNOTATIONS.approval]: "approve", [ANNOTATIONS.approvedBy]: next } },
    });
}

/** Plays a scenario to its end and for a quiet minute after it. */
export async function playScenario(scenario: Scenario, trouble: FaultPlan = {}): Promise<ScenarioResult> {
  vi.setSystemTime(START);
  const api = new MemoryApi();
  api.create(`/api/v1/namespaces/${NAMESPACE}/configmaps`, {
    metadata: { name: TENANT_CONFIG_MAP },
    data: { ...TENANT, ...scenario.settings },
  });
  api.create(`${PATHS.workflowsIn(NAMESPACE).replace(/workflows$/, "workflowtemplates")}`, { ...TEMPLATE });
  const engine = new Engine(api, scenario.failing ?? 0);
  let calls = 0;
  const records: ScenarioResult["records"] = [];
  const store = (record: CostRecord): Recorded => {
    const second = (Date.now() - START) / 1000;
    if (second < (trouble.ledgerDownSeconds ?? 0)) return { ok: false, error: "connection refused" };
    records.push({ ...record, second });
    return { ok: true };
  };
  let process: Process | undefined;
  const start = () => {
    process = new Process(api, {
      allowed: scenario.allowed ?? false,
      store,
      spent: trouble.spent,
      ...(trouble.disturb ? { disturb: trouble.disturb } : {}),
      fault: (call) => {
        calls++;
        const fault = trouble.faultAt?.(calls, call);
        if (fault !== "kill before" && fault !== "kill after") return fault;
        const died = process;
        // The next one starts a second later, as a pod does.
        setTimeout(start, 1000);
        if (fault === "kill before") died?.kill();
        else void Promise.resolve().then(() => died?.kill());
        return undefined;
      },
    });
  };
  start();
  await vi.advanceTimersByTimeAsync(500);
  api.create(subject.slice(0, subject.lastIndexOf("/")), {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name: NAME },
    spec: { objective: "compare", targetUrls: ["https://example.com/"], ...scenario.spec },
  });
  let last: AgentWorkload | undefined;
  let seconds = 0;
  const isDone = () => {
    const now = api.find(subject) as AgentWorkload | undefined;
    last = now ?? last;
    return scenario.deleted ? !now && last !== undefined : isFinal(now?.status?.phase);
  };
  while (seconds < (trouble.maxSeconds ?? 7200)) {
    await vi.advanceTimersByTimeAsync(1000);
    seconds++;
    engine.tick();
    if (trouble.deletedAfter === seconds) api.delete(subject);
    if (seconds >= (scenario.approvedAfter ?? Number.POSITIVE_INFINITY))
      approveNext(api, scenario.approvers ?? ["ann"]);
    if (!isDone()) continue;
    // Nothing is left to play: a minute that passes at once is as good as sixty seconds.
    await vi.advanceTimersByTimeAsync(quietSeconds * 1000);
    if (isDone()) break;
    seconds += quietSeconds;
  }
  const depth = process?.depth ?? 0;
  process?.kill();
  const { phase, message, approval } = last?.status ?? {};
  const life = {
    calls,
    phase,
    message,
    answers: (approval?.answers ?? []).map(({ by }) => by),
    workflows: api.created.filter(({ resource }) => resource.endsWith("/workflows")).map(({ name }) => name),
    deleted: !api.find(subject) && api.list(PATHS.workflowsIn(NAMESPACE)).items.length === 0,
    pending: depth,
    records,
    conditions: (last?.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`),
    seconds,
    metrics: process?.metrics,
  };
  vi.clearAllTimers();
  return life;
}

/** Plays each Workflow as the engine would: scrape, the gate, and the end that the gate's answer gives. */
class Engine {
  readonly #api: MemoryApi;
  readonly #failing: number;
  readonly #seen = new Map<string, number>();

  constructor(api: MemoryApi, failing: number) {
    this.#api = api;
    this.#failing = failing;
  }

  /** A second passes. */
  tick(): void {
    for (const item of this.#api.list(PATHS.workflowsIn(NAMESPACE)).items) this.#play(item as unknown as Workflow);
  }

  #play(run: Workflow): void {
    if (["Succeeded", "Failed"].includes(run.status?.phase ?? "")) return;
    const age = (this.#seen.get(run.metadata.name) ?? 0) + 1;
    this.#seen.set(run.metadata.name, age);
    const scrape = { id: "scrape", name: "scrape", displayName: "scrape", type: "Pod", startedAt: now(-1) };
    const path = `${PATHS.workflowsIn(NAMESPACE)}/${run.metadata.name}`;
    const write = (status: object) => this.#api.patch(path, { metadata: { name: run.metadata.name }, status });
    if (run.spec.shutdown) return void write({ phase: "Failed", message: "Stopped with strategy 'Terminate'" });
    if (age === 2) write({ phase: "Running", startedAt: now(), nodes: { scrape: { ...scrape, phase: "Running" } } });
    if (age === 6 && [...this.#seen.keys()].indexOf(run.metadata.name) < this.#failing)
      return void write({
        phase: "Failed",
        finishedAt: now(),
        message: "scrape failed",
        nodes: { scrape: { phase: "Failed" } },
      });
    if (age === 6)
      write({
        nodes: {
          scrape: { phase: "Succeeded", finishedAt: now() },
          gate: { ...gate({ confidence: 0.99, findings: [] }), name: "gate", phase: "Running", startedAt: now() },
        },
      });
    const decision = run.status?.nodes?.gate?.outputs?.parameters?.find(({ name }) => name === "decision")?.value;
    if (run.status?.nodes?.gate?.phase !== "Succeeded" || decision === undefined) return;
    write({ phase: "Succeeded", finishedAt: now() });
  }
}

function now(offset = 0): string {
  return new Date(Date.now() + offset * 1000).toISOString().replace(/\.\d+Z/, "Z");
}

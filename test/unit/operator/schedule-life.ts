// Some minutes of a schedule in virtual time: the real controller on an API server in memory, and whatever is to go wrong.
import type { AgentSchedule } from "@agentic/api/agentschedule.ts";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import pino from "pino";
import { vi } from "vitest";
import { workloadsPath } from "../../../kube/workloads/paths.ts";
import { EventRecorder } from "../../../operator/kube/events.ts";
import { ScheduleController } from "../../../operator/schedule/controller.ts";
import { type Call, type Fault, MemoryApi } from "./memory-api.ts";
import { quietMetrics } from "./quiet-metrics.ts";

export const NAMESPACE = "tenant-demo";
const SCHEDULES = `/apis/agentic.io/v1alpha1/namespaces/${NAMESPACE}/agentschedules`;
/** A time of no schedule. */
export const BEGIN = Date.parse("2026-11-30T05:58:30Z");

/** Seconds between two looks at what there is. */
const STEP = 10;

export interface ScheduleTrouble {
  /** Called with the number of each call, from 1; an error, or `kill` for the end of the process. */
  faultAt?: (count: number, call: Call) => Fault | "kill before" | "kill after" | undefined;
  /** Processes that run at once, as where one doesn't know yet that it leads no more. Default 1. */
  processes?: number;
  /** Seconds for which no process runs, from the fiftieth on. */
  awaySeconds?: number;
  /** Done before the first process starts. */
  before?: (api: MemoryApi) => void;
}

/** What has become of a schedule. */
export interface ScheduleLife {
  calls: number;
  /** Names of all workloads that were ever made, in their order. */
  made: string[];
  /** Those that are there in the end. */
  left: AgentWorkload[];
  schedule: AgentSchedule;
  events: string[];
  metrics: ReturnType<typeof quietMetrics>;
}

/** Plays ten minutes and forty seconds of a schedule whose workloads take a minute each. */
export async function playSchedule(
  fields: Partial<AgentSchedule["spec"]["schedule"]>,
  trouble: ScheduleTrouble = {},
): Promise<ScheduleLife> {
  vi.setSystemTime(BEGIN);
  const api = new MemoryApi();
  trouble.before?.(api);
  api.create(SCHEDULES, {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentSchedule",
    metadata: { name: "digest", annotations: { "agentic.io/submitted-by": "sam@acme.example" } },
    spec: {
      schedule: { cron: "*/3 * * * *", historyLimits: { successful: 2, failed: 1 }, ...fields },
      workload: {
        metadata: { labels: { team: "research" }, annotations: { note: "daily" } },
        spec: { objective: "what is new", targetUrls: ["https://example.com/"] },
      },
    },
  });
  let calls = 0;
  const metrics = quietMetrics();
  const processes: { kill: () => void }[] = [];
  const start = () => {
    let alive = true;
    const end = new AbortController();
    const kill = () => {
      alive = false;
      controller.stop();
      end.abort();
    };
    const restart = () => {
      kill();
      start();
    };
    const fault = (call: Call): Fault | undefined => {
      calls++;
      const injected = trouble.faultAt?.(calls, call);
      if (injected === "kill before" || injected === "kill after") {
        queueMicrotask(restart);
        if (injected === "kill after") return undefined;
        alive = false;
        return { when: "before", error: new Error("killed") };
      }
      return injected;
    };
    const client = api.client({ fault, alive: () => alive });
    const log = pino({ level: "silent" });
    const controller = new ScheduleController({ client, events: new EventRecorder(client, "test"), metrics, log });
    processes.push({ kill });
    for (const informer of controller.informers) void informer.run(end.signal);
    void Promise.all(controller.informers.map(({ synced }) => synced)).then(() =>
      alive ? controller.work() : undefined,
    );
  };
  const stop = () => {
    for (const { kill } of processes.splice(0)) kill();
  };
  const startAll = () => {
    for (let i = 0; i < (trouble.processes ?? 1); i++) start();
  };
  startAll();
  const { awaySeconds = 0 } = trouble;
  for (let second = STEP; second <= 640; second += STEP) {
    if (awaySeconds > 0 && second === 50) stop();
    if (awaySeconds > 0 && second === 50 + awaySeconds) startAll();
    await vi.advanceTimersByTimeAsync(STEP * 1000);
    for (const item of api.list(workloadsPath(NAMESPACE)).items) endAfterAMinute(api, item as never);
  }
  stop();
  const life: ScheduleLife = {
    calls,
    made: api.created.filter(({ resource }) => resource.endsWith("agentworkloads")).map(({ name }) => name),
    left: api.list(workloadsPath(NAMESPACE)).items as never,
    schedule: api.get(`${SCHEDULES}/digest`) as never,
    events: (api.list(`/api/v1/namespaces/${NAMESPACE}/events`).items as unknown as { reason: string }[]).map(
      ({ reason }) => reason,
    ),
    metrics,
  };
  vi.clearAllTimers();
  return life;
}

function endAfterAMinute(api: MemoryApi, { metadata, status }: AgentWorkload): void {
  if (status?.phase || Date.now() - Date.parse(metadata.creationTimestamp ?? "") < 60_000) return;
  const completedAt = new Date().toISOString();
  api.patch(`${workloadPath(NAMESPACE, metadata.name)}/status`, {
    metadata: { name: metadata.name },
    status: { phase: "Completed", completedAt },
  });
}

// The operator put together: caches, queue, workers, leader election, endpoint; started and stopped as one.
import { OPERATOR_NAME } from "@agentic/api/names.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { Caches } from "./controller/caches.ts";
import { type Next, Reconciler } from "./controller/reconciler.ts";
import { isSettled } from "./controller/trim.ts";
import { isStatus, KubeClient, KubeError } from "./kube/client.ts";
import { EventRecorder } from "./kube/events.ts";
import { LeaderElector } from "./kube/lease.ts";
import { WorkQueue } from "./kube/queue.ts";
import { createMetrics } from "./metrics.ts";
import { Notifier } from "./notify/notifier.ts";
import { PolicyClient } from "./policy.ts";
import { serve } from "./server.ts";

export interface Operator {
  /** Port of /healthz, /readyz and /metrics. */
  port: number;
  /** Resolves when the operator has stopped: by {@link stop}, or because another replica leads now (`lost`). */
  ended: Promise<"stopped" | "lost">;
  /** Ends the present work, gives the lease back, closes everything. */
  stop(): Promise<void>;
}

/** A worker that is on one workload for so long hangs. */
const STUCK_MS = 120_000;

/** Starts the operator against this API server. */
export async function startOperator(config: Config, connection: Connection, log: Logger): Promise<Operator> {
  const stopping = new AbortController();
  const queue = new WorkQueue();
  const metrics = createMetrics({ phases: () => phases(caches), queueDepth: () => queue.depth });
  const client = new KubeClient(connection, {
    observe: (verb, code, seconds) => metrics.requests.observe({ verb, code }, seconds),
  });
  const enqueue = (key: string) => queue.add(key);
  const caches = new Caches({
    client,
    enqueue,
    onError: (resource, error) => {
      metrics.watchErrors.inc({ resource });
      log.warn({ resource, error: error.message }, "watch broke; listing again");
    },
  });
  const policy = new PolicyClient({
    url: config.opaUrl,
    timeoutMs: config.opaTimeoutMs,
    observe: (rule, outcome, seconds) => metrics.policy.observe({ rule, outcome }, seconds),
  });
  const notifier = new Notifier({
    client,
    allowedHosts: config.notifyAllowedHosts,
    enqueue,
    log,
    count: (result) => metrics.notifications.inc({ result }),
  });
  const events = new EventRecorder(client, config.identity, () => queue.depth > 0);
  const reconciler = new Reconciler({
    client,
    caches,
    policy,
    notifier,
    events,
    metrics,
    log,
    busy: () => queue.depth > 0,
  });
  const elector = new LeaderElector({
    client,
    namespace: config.namespace,
    name: OPERATOR_NAME,
    identity: config.identity,
    leaseMs: config.leaseSeconds * 1000,
    renewDeadlineMs: (config.leaseSeconds * 1000 * 2) / 3,
    retryMs: (config.leaseSeconds * 1000) / 7.5,
    onError: (error) => log.debug({ error: error.message }, "lease"),
  });

  const busySince = new Map<string, number>();
  const server = await serve(config.port, metrics.registry, {
    health: () => {
      const oldest = Math.min(...busySince.values());
      return Date.now() - oldest > STUCK_MS ? "a worker hangs" : undefined;
    },
    ready: () => (caches.synced ? undefined : "the caches are not filled yet"),
    ...(config.tlsDir ? { tls: { folder: config.tlsDir, log } } : {}),
  });

  const handle = async (key: string) => {
    busySince.set(key, Date.now());
    const timer = metrics.reconcile.startTimer();
    try {
      const next = await reconciler.reconcile(key);
      timer({ result: "ok" });
      schedule(queue, key, next);
    } catch (error) {
      const conflict = isStatus(error, 409);
      timer({ result: conflict ? "conflict" : "error" });
      const retryAfterMs = error instanceof KubeError ? error.retryAfterMs : undefined;
      const waitMs = queue.retry(key, retryAfterMs);
      const text = (error as Error).message;
      // A conflict only means that somebody was faster; the next look sees their change.
      log[conflict ? "debug" : "warn"]({ workload: key, waitMs: Math.round(waitMs), error: text }, "will look again");
    } finally {
      busySince.delete(key);
    }
  };

  const informers = caches.run(stopping.signal);
  const lead = async (): Promise<"stopped" | "lost"> => {
    await Promise.race([Promise.all(caches.all.map(({ synced }) => synced)), aborted(stopping.signal)]);
    if (config.leaderElection && !stopping.signal.aborted) {
      await elector.acquire(stopping.signal).catch(() => {});
    }
    if (stopping.signal.aborted) return "stopped";
    metrics.leader.set(1);
    log.info({ workloads: caches.workloads.size, identity: config.identity }, "leading");
    const workers = queue.run(config.workers, handle);
    const end = config.leaderElection ? await elector.hold(stopping.signal) : await aborted(stopping.signal);
    metrics.leader.set(0);
    queue.stop();
    await workers;
    return end;
  };

  const close = async () => {
    await notifier.close();
    await Promise.race([events.flush(), new Promise((resolve) => setTimeout(resolve, 2_000))]);
    await elector.release();
    stopping.abort();
    await informers;
    await Promise.all([server.close(), policy.close(), client.close()]);
  };
  const ended = lead().then(async (end) => {
    await close();
    return end;
  });
  return {
    port: server.port,
    ended,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
}

/** Plans the next look at a workload. */
function schedule(queue: WorkQueue, key: string, next: Next): void {
  if (next.backoff) queue.retry(key);
  else queue.forget(key);
  if (next.again) queue.add(key);
  if (next.afterMs !== undefined) queue.addAfter(key, next.afterMs);
}

function phases(caches: Caches): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const workload of caches.workloads.values()) {
    const phase = isSettled(workload) ? workload.phase : (workload.status?.phase ?? "Pending");
    counts[phase] = (counts[phase] ?? 0) + 1;
  }
  return counts;
}

function aborted(signal: AbortSignal): Promise<"stopped"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("stopped");
    else signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
}

// The whole operator: caches, queue, workers, leader election and HTTP endpoint, started and stopped together.
import { OPERATOR_NAME } from "@agentic/api/names.ts";
import { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { serve } from "@agentic/kube/serving/server.ts";
import type { Logger } from "pino";
import { Alarm } from "./access/alarm.ts";
import { AccessController } from "./access/controller.ts";
import type { Config } from "./config.ts";
import { Controller } from "./controller/controller.ts";
import { isSettled } from "./controller/trim.ts";
import { EventRecorder } from "./kube/events.ts";
import { LeaderElector } from "./kube/lease.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { populationOf } from "./metrics/population.ts";
import { quotaUse } from "./metrics/quotas.ts";
import { DigestSender } from "./notify/digest.ts";
import { Notifier } from "./notify/notifier.ts";
import { PolicyClient } from "./policy.ts";
import { ScheduleController } from "./schedule/controller.ts";

export interface Operator {
  /** Port of /healthz, /readyz and /metrics. */
  port: number;
  /** Resolves when the operator has stopped: by {@link stop}, or because another replica leads now (`lost`). */
  ended: Promise<"stopped" | "lost">;
  /** Finishes the reconciliations under way, releases the lease, closes all connections. */
  stop(): Promise<void>;
}

/** A worker that takes this long for one reconciliation counts as hanging. */
const STUCK_MS = 120_000;

/** Starts the operator against this API server. */
export async function startOperator(config: Config, connection: Connection, log: Logger): Promise<Operator> {
  const stopping = new AbortController();
  const metrics = createMetrics({
    population: () =>
      populationOf(controller.caches.workloads.values(), controller.caches.knownTemplates(), Date.now()),
    queue: () => ({ depth: controller.depth, oldestSeconds: controller.oldestSeconds }),
    access: () => access.counts(),
    quotas: () => quotaUse(client),
  });
  const client: Client = new Client(connection, {
    userAgent: OPERATOR_NAME,
    connections: 12,
    // For many small requests HTTP/1.1 takes a quarter less CPU time than HTTP/2.
    http2: false,
    observe: ({ verb, code, seconds }) => metrics.requests.observe({ verb, code }, seconds),
  });
  const policy = new PolicyClient({
    url: config.opaUrl,
    timeoutMs: config.opaTimeoutMs,
    observe: (rule, outcome, seconds) => metrics.policy.observe({ rule, outcome }, seconds),
  });
  const told = {
    client,
    allowedHosts: config.notifyAllowedHosts,
    namespaces: config.notifyNamespaces,
    consoleUrl: config.consoleUrl,
    log,
    count: (result: "delivered" | "failed") => metrics.notifications.inc({ result }),
  };
  const notifier = new Notifier({ ...told, enqueue: (key) => controller.enqueue(key) });
  const digests = new DigestSender({
    ...told,
    digests: config.digests,
    namespace: config.namespace,
    workloads: () => [...controller.caches.workloads.values()].flatMap((known) => (isSettled(known) ? [] : [known])),
  });
  const events: EventRecorder = new EventRecorder(client, config.identity, () => controller.depth > 0);
  const { otlpUrl: url, otlpCaFile: caFile } = config;
  const count = (result: string, spans: number) => metrics.spans.inc({ result }, spans);
  // Its modules are loaded only where there is somebody to send to.
  const { createSpanSender } = url ? await import("./trace/sender.ts") : {};
  const spans = url ? createSpanSender?.({ url, caFile, log, count }) : undefined;
  // Its driver is loaded only where there is a database.
  const { Ledger } = config.ledger ? await import("./ledger/ledger.ts") : {};
  const ledger = config.ledger && Ledger ? new Ledger(config.ledger, log) : undefined;
  const { serveReports } = ledger ? await import("./ledger/report-server.ts") : {};
  const reports = ledger && (await serveReports?.(config.costReportPort, ledger));
  const { MonthBudgetTeller } = ledger ? await import("./ledger/month-budgets.ts") : {};
  const { monthBudgets: budgets, prices } = config;
  const teller =
    ledger && prices && MonthBudgetTeller?.tells({ client, ledger, budgets, currency: prices.currency, log });
  const controller: Controller = new Controller({
    client,
    policy,
    notifier,
    events,
    metrics,
    spans,
    log,
    prices: config.prices,
    ledger,
    budgets: config.budgets,
  });
  const { caches } = controller;
  const alarm = new Alarm({ url: config.alarmUrl, keyFile: config.alarmKeyFile });
  const access: AccessController = new AccessController({
    client,
    alarm,
    image: config.timerImage,
    metrics,
    log,
  });
  const schedules = new ScheduleController({ client, events, metrics, log });
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

  // A schedule whose workloads aren't known yet would make another one beside them.
  const needed = [...caches.all, ...schedules.informers];
  const server = await serve(config.port, metrics.registry, {
    health: () => {
      return Date.now() - controller.oldestWork > STUCK_MS ? "a worker hangs" : undefined;
    },
    ready: () => (needed.every(({ hasSynced }) => hasSynced) ? undefined : "the caches are not filled yet"),
    ...(config.tlsDir
      ? { tls: { folder: config.tlsDir, log, loaded: ({ cert }) => metrics.noteCertificate(cert) } }
      : {}),
  });

  const informers = Promise.all([
    caches.run(stopping.signal),
    ...[access.informer, ...schedules.informers].map((informer) => informer.run(stopping.signal)),
  ]);
  const lead = async (): Promise<"stopped" | "lost"> => {
    await Promise.race([Promise.all(needed.map(({ synced }) => synced)), aborted(stopping.signal)]);
    if (config.leaderElection && !stopping.signal.aborted) {
      await elector.acquire(stopping.signal).catch(() => {});
    }
    if (stopping.signal.aborted) return "stopped";
    metrics.leader.set(1);
    log.info({ workloads: caches.workloads.size, identity: config.identity }, "leading");
    const leading = new AbortController();
    const workers = Promise.all([
      controller.work(config.workers),
      access.work(),
      schedules.work(),
      digests.run(leading.signal),
      teller?.run(leading.signal),
    ]);
    const end = config.leaderElection ? await elector.hold(stopping.signal) : await aborted(stopping.signal);
    metrics.leader.set(0);
    leading.abort();
    controller.stop();
    access.stop();
    schedules.stop();
    await workers;
    return end;
  };

  const close = async () => {
    await notifier.close();
    await events.close(2_000);
    await elector.release();
    stopping.abort();
    await informers;
    const rest = [digests, policy, alarm, client, spans, reports, ledger];
    await Promise.all([server.close(), ...rest.map((part) => part?.close())]);
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

function aborted(signal: AbortSignal): Promise<"stopped"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("stopped");
    else signal.addEventListener("abort", () => resolve("stopped"), { once: true });
  });
}

// Assembles the engine: connection, caches, queue, reconciler, metrics and health.

import { connect } from "@agentic/kube/connection/connect.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { WorkQueue } from "@agentic/kube/controller/work-queue.ts";
import { openLog } from "@agentic/tracing/program-log.ts";
import type { Logger } from "pino";
import { type Caches, makeCaches } from "./caches.ts";
import { engineClient } from "./client.ts";
import { Controller } from "./controller.ts";
import { CronController } from "./crons.ts";
import { Metrics } from "./metrics.ts";
import { serve } from "./server.ts";
import { watchUnserved } from "./unserved.ts";

export interface EngineOptions {
  /** Connection to the cluster; by default that of the pod's service account, or the kubeconfig's. */
  connection?: Connection;
  /** The namespaces to serve; empty for all. */
  namespaces?: string[];
  /** 0 for any free port. */
  metricsPort?: number;
  healthPort?: number;
  /** RuntimeClass of every pod. Default: the cluster's. */
  runtimeClass?: string;
  log?: Logger;
}

export interface Engine {
  metricsPort: number;
  healthPort: number;
  stop(): Promise<void>;
}

/** The number of workflows that are reconciled at the same time. */
const WORKERS = 16;

/** Starts the engine; resolves when its caches hold the cluster's workflows. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const { log, close } = options.log
    ? { log: options.log, close: async () => {} }
    : await openLog({ program: "engine", level: process.env.LOG_LEVEL ?? "info" });
  const connection = options.connection ?? (await connect());
  let caches: Caches | undefined;
  let crons: CronController | undefined;
  const queue = new WorkQueue();
  const metrics: Metrics = new Metrics({
    workflows: () => caches?.workflows() ?? [],
    pods: () => caches?.allPods() ?? [],
    depth: () => queue.depth ?? 0,
    busy: () => queue.busy ?? 0,
  });
  const client = engineClient(connection, (ended) => metrics.countRequest(ended));

  let ready = false;
  const health = await serve(options.healthPort ?? 6060, async (path) => {
    if (path !== "/healthz" && path !== "/readyz") return undefined;
    return ready
      ? { status: 200, body: "ok\n" }
      : { status: 503, body: "the lists of workflows, templates and pods are not complete yet\n" };
  });
  const metricsServer = await serve(options.metricsPort ?? 9090, async (path) =>
    path === "/metrics"
      ? { status: 200, type: metrics.registry.contentType, body: await metrics.registry.metrics() }
      : undefined,
  );

  // A pass needs complete lists: a pod that isn't listed yet must not count as deleted.
  const changedBeforeReady = new Set<string>();
  const namespaces = options.namespaces ?? [];
  const onProblem = (error: Error, path: string) => {
    metrics.errors.inc({ cause: "Watch" });
    log.warn({ path, error: error.message }, "cannot list or watch; trying again");
  };
  caches = makeCaches({
    client,
    namespaces,
    onChange: (key) => {
      if (ready) queue.add(key);
      else changedBeforeReady.add(key);
      crons?.noteWorkflow(key);
    },
    onTemplate: (namespace) => crons?.noteTemplate(namespace),
    onProblem,
    onPodPhase: (pod) => metrics.countPod(pod),
  });
  crons = new CronController({ client, caches, metrics, namespaces, log, onProblem });
  const unserved = watchUnserved({ client, namespaces, log, onProblem });
  const controller = new Controller({
    client,
    caches,
    metrics,
    runtimeClass: options.runtimeClass,
    log,
    requeue: (key, at) => (at === undefined ? queue.add(key) : queue.addAfter(key, at - Date.now())),
    forget: (key) => queue.drop(key),
  });
  const reconcile = async (key: string) => {
    try {
      await controller.reconcile(key);
      queue.forget(key);
    } catch (error) {
      metrics.errors.inc({ cause: "Operation" });
      log.error(
        { workflow: key, error: error instanceof Error ? error.message : String(error) },
        "a pass over the workflow failed; trying again",
      );
      queue.retry(key);
    }
  };
  await caches.start();
  ready = true;
  for (const key of changedBeforeReady) queue.add(key);
  const workers = queue.run(WORKERS, reconcile);
  crons.start();
  unserved.start();
  log.info(
    { url: connection.server, workflows: [...caches.workflows()].length, namespaces: options.namespaces ?? "all" },
    "the workflow engine is ready",
  );

  return {
    metricsPort: metricsServer.port,
    healthPort: health.port,
    stop: async () => {
      ready = false;
      await Promise.all([caches.stop(), crons.stop(), unserved.stop()]);
      queue.stop();
      await workers;
      await Promise.all([health.close(), metricsServer.close(), client.close()]);
      await close();
    },
  };
}

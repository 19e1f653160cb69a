// The engine's metrics, under Argo's names and labels where Argo has them, so that one dashboard serves both.
import type { Ended } from "@agentic/kube/client/client.ts";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { isOver } from "../core/result.ts";
import type { Library, Pod, Workflow } from "../core/types.ts";

/** Milliseconds between two measurements of the event loop's delay. */
const LAG_SAMPLING_MS = 500;

/** What {@link Metrics.errors} counts. */
const CAUSES = ["Operation", "Watch", "TooLarge", "CronWorkflowSpecError", "CronWorkflowSubmissionError"];

const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const RUNTIMES = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];

/** The name that Argo gives the queue of workflows. */
const QUEUE = "workflow_queue";

/** What the gauges read at each scrape. */
export interface EngineState {
  workflows: () => Iterable<Workflow>;
  pods: () => Iterable<Pod>;
  depth: () => number;
  busy: () => number;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  readonly operation = new Histogram({
    name: "argo_workflows_operation_duration_seconds",
    help: "Duration of one pass over a workflow, requests included.",
    buckets: BUCKETS,
    registers: this.#registers,
  });
  readonly advance = new Histogram({
    name: "argo_workflows_advance_duration_seconds",
    help: "Duration of the pure part of a pass over a workflow.",
    buckets: [0.0001, 0.0005, ...BUCKETS],
    registers: this.#registers,
  });
  readonly errors = new Counter({
    name: "argo_workflows_error_count",
    help: "Errors of the controller by cause.",
    labelNames: ["cause"],
    registers: this.#registers,
  });
  readonly cronTriggers = new Counter({
    name: "argo_workflows_cronworkflows_triggered_total",
    help: "Times at which a CronWorkflow was to make a workflow.",
    labelNames: ["name", "namespace"],
    registers: this.#registers,
  });
  readonly cronPolicies = new Counter({
    name: "argo_workflows_cronworkflows_concurrencypolicy_triggered",
    help: "Times at which a CronWorkflow's concurrencyPolicy had it make none, or terminate another.",
    labelNames: ["name", "namespace", "concurrency_policy"],
    registers: this.#registers,
  });
  readonly #workflows = new Counter({
    name: "argo_workflows_total_count",
    help: "Workflows that entered each phase.",
    labelNames: ["phase", "namespace"],
    registers: this.#registers,
  });
  readonly #pods = new Counter({
    name: "argo_workflows_pods_total_count",
    help: "Pods of workflows that entered each phase.",
    labelNames: ["phase", "namespace"],
    registers: this.#registers,
  });
  readonly #templates = new Counter({
    name: "argo_workflows_workflowtemplate_triggered_total",
    help: "Workflows of templates that entered each phase.",
    labelNames: ["name", "namespace", "cluster_scope", "phase"],
    registers: this.#registers,
  });
  readonly #runtimes = new Histogram({
    name: "argo_workflows_workflowtemplate_runtime",
    help: "Seconds that workflows of templates took.",
    labelNames: ["name", "namespace", "cluster_scope"],
    buckets: RUNTIMES,
    registers: this.#registers,
  });
  readonly #requests = new Counter({
    name: "argo_workflows_k8s_request_total",
    help: "Requests to the API server.",
    labelNames: ["kind", "verb", "status_code"],
    registers: this.#registers,
  });
  readonly #requestSeconds = new Histogram({
    name: "argo_workflows_k8s_request_duration",
    help: "Seconds that requests to the API server took.",
    labelNames: ["kind", "verb", "status_code"],
    buckets: BUCKETS,
    registers: this.#registers,
  });

  /** Templates whose workflows have been counted. */
  readonly #begun = new Set<string>();

  constructor({ workflows, pods, depth, busy }: EngineState) {
    const registers = this.#registers;
    // By default the event loop's delay is measured a hundred times a second, which keeps an idle engine busy.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LAG_SAMPLING_MS });
    const gauge = <L extends string>(
      config: { name: string; help: string; labelNames?: readonly L[] },
      read: (gauge: Gauge<L>) => void,
    ) =>
      new Gauge<L>({
        ...config,
        registers,
        collect() {
          this.reset();
          read(this);
        },
      });
    const byPhase = (name: string, help: string, objects: () => Iterable<Workflow | Pod>) =>
      gauge({ name, help, labelNames: ["phase"] }, (to) => {
        for (const { status } of objects()) to.inc({ phase: status?.phase ?? "Pending" });
      });
    byPhase("argo_workflows_gauge", "Workflows by phase.", workflows);
    byPhase("argo_workflows_pods_gauge", "Pods of workflows by phase.", pods);
    gauge(
      {
        name: "argo_workflows_queue_depth_gauge",
        help: "Workflows that wait for a pass.",
        labelNames: ["queue_name"],
      },
      (to) => to.set({ queue_name: QUEUE }, depth()),
    );
    gauge({ name: "argo_workflows_workers_busy_count", help: "Passes under way.", labelNames: ["worker_type"] }, (to) =>
      to.set({ worker_type: QUEUE }, busy()),
    );
    gauge({ name: "argo_workflows_is_leader", help: "1: there is one engine, which leads." }, (to) => to.set(1));
    for (const cause of CAUSES) this.errors.inc({ cause }, 0);
  }

  /** Counts a workflow that has entered its phase, and one of a template for that, too. */
  countPhase({ metadata: { namespace }, spec, status }: Workflow, library: Library): void {
    const { phase = "", startedAt, finishedAt } = status ?? {};
    this.#workflows.inc({ phase, namespace });
    const { name = "", clusterScope = false } = spec.workflowTemplateRef ?? {};
    // Of templates that don't exist, workflows may name any number.
    if (!(clusterScope ? library.clusterWorkflowTemplate(name) : library.workflowTemplate(name))) return;
    const template = { name, namespace, cluster_scope: String(clusterScope) };
    this.#templates.inc({ ...template, phase });
    // It says 0 as long as the template's first workflow runs: of a series that begins with 1, no rate sees the first.
    const key = `${namespace}/${name}/${clusterScope}`;
    if (!this.#begun.has(key)) this.#runtimes.zero(template);
    this.#begun.add(key);
    const seconds = (Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "")) / 1000;
    if (isOver(phase) && Number.isFinite(seconds)) this.#runtimes.observe(template, Math.max(0, seconds));
  }

  /** Counts a pod that has entered its phase. */
  countPod({ metadata: { namespace }, status }: Pod): void {
    this.#pods.inc({ phase: status?.phase ?? "Pending", namespace });
  }

  /** Counts a request that has ended. */
  countRequest({ verb, code, seconds, path }: Ended): void {
    const request = { ...requestOf(verb, path), status_code: code };
    this.#requests.inc(request);
    this.#requestSeconds.observe(request, seconds);
  }
}

/** Of each method on one object, the verb as Argo counts it. */
const VERBS: Record<string, string> = { POST: "Create", PUT: "Update", PATCH: "Patch", DELETE: "Delete" };

/** A request as Argo counts it: the kind's plural, and the verb. */
function requestOf(method: string, path: string): { kind: string; verb: string } {
  const [, kind = "Unknown", name] =
    /^\/api(?:s\/[^/]+)?\/v[^/]+(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/?]+))?/.exec(path) ?? [];
  return { kind, verb: VERBS[method] ?? (name ? "Get" : "List") };
}

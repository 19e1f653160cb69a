// The engine's metrics, under Argo's names where Argo has them.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Milliseconds between two measurements of the event loop's delay. */
const LAG_SAMPLING_MS = 500;

const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export class Metrics {
  readonly registry = new Registry();
  readonly operation = new Histogram({
    name: "argo_workflows_operation_duration_seconds",
    help: "Duration of one pass over a workflow, requests included.",
    buckets: BUCKETS,
    registers: [this.registry],
  });
  readonly advance = new Histogram({
    name: "argo_workflows_advance_duration_seconds",
    help: "Duration of the pure part of a pass over a workflow.",
    buckets: [0.0001, 0.0005, ...BUCKETS],
    registers: [this.registry],
  });
  readonly workflows = new Counter({
    name: "argo_workflows_total_count",
    help: "Workflows that entered each phase.",
    labelNames: ["phase", "namespace"],
    registers: [this.registry],
  });
  readonly pods = new Counter({
    name: "argo_workflows_pods_total_count",
    help: "Pods that were created and deleted for workflows.",
    labelNames: ["operation", "namespace"],
    registers: [this.registry],
  });
  readonly errors = new Counter({
    name: "argo_workflows_error_count",
    help: "Errors of the controller by cause.",
    labelNames: ["cause"],
    registers: [this.registry],
  });
  readonly requests = new Counter({
    name: "argo_workflows_k8s_request_total",
    help: "Requests to the API server.",
    labelNames: ["verb", "status_code"],
    registers: [this.registry],
  });
  readonly requestSeconds = new Histogram({
    name: "argo_workflows_k8s_request_duration",
    help: "Seconds that requests to the API server took.",
    labelNames: ["verb"],
    buckets: BUCKETS,
    registers: [this.registry],
  });

  /** The functions of `gauges` are called at each scrape. */
  constructor(gauges: { phases: () => Map<string, number>; depth: () => number; busy: () => number }) {
    // By default the event loop's delay is measured a hundred times a second, which keeps an idle engine busy.
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LAG_SAMPLING_MS });
    new Gauge({
      name: "argo_workflows_gauge",
      help: "Workflows by phase.",
      labelNames: ["phase"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [phase, count] of gauges.phases()) this.set({ phase }, count);
      },
    });
    new Gauge({
      name: "argo_workflows_queue_depth_gauge",
      help: "Workflows that wait for a pass.",
      registers: [this.registry],
      collect() {
        this.set(gauges.depth());
      },
    });
    new Gauge({
      name: "argo_workflows_workers_busy_count",
      help: "Passes under way.",
      registers: [this.registry],
      collect() {
        this.set(gauges.busy());
      },
    });
  }
}

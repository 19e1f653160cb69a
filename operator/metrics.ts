// The operator's metrics for Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics in a registry of their own; gauges read their value at each scrape. */
export function createMetrics(read: {
  phases: () => Record<string, number>;
  queueDepth: () => number;
  access: () => { active: Record<string, number>; overdue: number };
}) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "agentic_workloads",
    help: "AgentWorkloads by phase.",
    labelNames: ["phase"],
    registers,
    collect() {
      this.reset();
      for (const [phase, count] of Object.entries(read.phases())) this.set({ phase }, count);
    },
  });
  new Gauge({
    name: "agentic_queue_depth",
    help: "Workloads that wait for a worker.",
    registers,
    collect() {
      this.set(read.queueDepth());
    },
  });
  new Gauge({
    name: "agentic_break_glass_active",
    help: "Access requests that give rights in a tenant's namespace, by namespace.",
    labelNames: ["namespace"],
    registers,
    collect() {
      this.reset();
      for (const [namespace, count] of Object.entries(read.access().active)) this.set({ namespace }, count);
    },
  });
  new Gauge({
    name: "agentic_break_glass_overdue",
    help: "Access requests whose time has been over for a minute, and whose rights may still be there.",
    registers,
    collect() {
      this.set(read.access().overdue);
    },
  });
  return {
    registry,
    accessAlarms: new Counter({
      name: "agentic_break_glass_alarms_total",
      help: "Alarms of access requests, by result (delivered, failed).",
      labelNames: ["result"],
      registers,
    }),
    leader: new Gauge({ name: "agentic_leader", help: "1 while this replica leads.", registers }),
    reconcile: new Histogram({
      name: "agentic_reconcile_seconds",
      help: "Duration of one reconciliation of a workload, by result.",
      labelNames: ["result"],
      buckets: FAST,
      registers,
    }),
    requests: new Histogram({
      name: "agentic_api_request_seconds",
      help: "Requests to the API server, by verb and code.",
      labelNames: ["verb", "code"],
      buckets: FAST,
      registers,
    }),
    policy: new Histogram({
      name: "agentic_policy_seconds",
      help: "Questions to the policy engine, by rule and outcome (allow, deny, error).",
      labelNames: ["rule", "outcome"],
      buckets: FAST,
      registers,
    }),
    workflowsCreated: new Counter({
      name: "agentic_workflows_created_total",
      help: "Workflows created.",
      registers,
    }),
    createLatency: new Histogram({
      name: "agentic_workflow_create_delay_seconds",
      help: "Time from a workload's creation to its Workflow's, in the whole seconds of creationTimestamp.",
      buckets: [1, 2, 5, 10, 30, 60, 300],
      registers,
    }),
    gates: new Counter({
      name: "agentic_gate_decisions_total",
      help: "Gates decided by this operator, by decision and mode.",
      labelNames: ["decision", "mode"],
      registers,
    }),
    failures: new Counter({
      name: "agentic_run_failures_total",
      help: "Runs that failed, by kind of failure; runs that are retried count, too.",
      labelNames: ["kind"],
      registers,
    }),
    notifications: new Counter({
      name: "agentic_notifications_total",
      help: "Webhook deliveries, by result.",
      labelNames: ["result"],
      registers,
    }),
    watchErrors: new Counter({
      name: "agentic_watch_errors_total",
      help: "Lists and watches that failed and were restarted, by resource.",
      labelNames: ["resource"],
      registers,
    }),
  };
}

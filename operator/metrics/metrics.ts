// The operator's metrics for Prometheus.
import { X509Certificate } from "node:crypto";
import { FAILURE_KINDS } from "@agentic/api/failures.ts";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { beginning } from "./beginning.ts";
import { LabelValues } from "./label-values.ts";
import type { Population } from "./population.ts";
import type { QuotaUse } from "./quotas.ts";

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Seconds of what takes the time of pods, pages and models. */
const SLOW = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];
/** Seconds of waits for people. */
const PATIENT = [1, 2, 5, 10, 30, 60, 300, 900, 1800, 3600, 14_400, 86_400];

/** Milliseconds between two measurements of the event loop's delay. */
const lagSamplingMs = 500;

export type Metrics = ReturnType<typeof createMetrics>;

/** Creates the metrics in a registry of their own; gauges read their value at each scrape. */
export function createMetrics(read: {
  population: () => Population;
  queue: () => { depth: number; oldestSeconds: number };
  access: () => { active: Record<string, number>; overdue: number };
  quotas: () => Promise<QuotaUse[]>;
}) {
  const registry = new Registry();
  const registers = [registry];
  // By default it is measured a hundred times a second, which keeps an idle operator busy.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagSamplingMs });
  /** A counter that says 0 from the start. */
  const counter = <L extends string>(config: { name: string; help: string; label: L; values: readonly string[] }) => {
    const { name, help, label, values } = config;
    const made = new Counter<L>({ name, help, labelNames: [label], registers });
    for (const value of values) made.inc({ [label]: value } as Record<L, string>, 0);
    return made;
  };
  // Registered first, so that a scrape reads those two after this one has set them.
  new Gauge({
    name: "agentic_workloads",
    help: "AgentWorkloads by phase, template and tenant (its namespace).",
    labelNames: ["phase", "template", "tenant"],
    registers,
    collect() {
      const { groups, pendingSeconds, gateSeconds, templates } = read.population();
      for (const [name, known] of templates) begin(name, known);
      this.reset();
      for (const { labels, count } of groups) {
        this.set({ ...labels }, count);
        beginCost(labels);
      }
      oldestPending.reset();
      for (const [tenant, seconds] of pendingSeconds) oldestPending.set({ tenant }, seconds);
      oldestAtGate.reset();
      for (const [tenant, seconds] of gateSeconds) oldestAtGate.set({ tenant }, seconds);
    },
  });
  const oldestPending = new Gauge({
    name: "agentic_pending_oldest_seconds",
    help: "For how long the workload has waited that has waited longest for its first Workflow, by tenant; suspended ones don't count.",
    labelNames: ["tenant"],
    registers,
  });
  const oldestAtGate = new Gauge({
    name: "agentic_gate_oldest_seconds",
    help: "For how long the workload has waited that has waited longest for an answer at its gate, by tenant.",
    labelNames: ["tenant"],
    registers,
  });
  new Gauge({
    name: "agentic_queue_depth",
    help: "Workloads that wait for a worker.",
    registers,
    collect() {
      this.set(read.queue().depth);
    },
  });
  new Gauge({
    name: "agentic_queue_oldest_seconds",
    help: "For how long the workload has waited that has waited longest for a worker; 0 where none waits.",
    registers,
    collect() {
      this.set(read.queue().oldestSeconds);
    },
  });
  new Gauge({
    name: "agentic_break_glass_active",
    help: "Access requests that give rights in a tenant's namespace, by tenant (its namespace).",
    labelNames: ["tenant"],
    registers,
    collect() {
      this.reset();
      for (const [tenant, count] of Object.entries(read.access().active)) this.set({ tenant }, count);
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
  new Gauge({
    name: "agentic_quota_used_ratio",
    help: "Share of what a namespace's quota allows that is used, by namespace and resource.",
    labelNames: ["space", "resource"],
    registers,
    async collect() {
      // Who can't be asked must not keep the other metrics back.
      const uses = await read.quotas().catch(() => []);
      this.reset();
      for (const { space, resource, ratio } of uses) this.set({ space, resource }, ratio);
    },
  });
  const certificate = new Gauge({
    name: "agentic_certificate_not_after_seconds",
    help: "When the certificate of this endpoint ends, seconds since the epoch.",
    registers,
  });
  const metrics = {
    registry,
    /** Notes the certificate (PEM) that the endpoint uses. */
    noteCertificate: (pem: Buffer): void => certificate.set(Date.parse(new X509Certificate(pem).validTo) / 1000),
    /** Values of labels that the transitions set. */
    tenants: new LabelValues(1000),
    templateNames: new LabelValues(100),
    stepNames: new LabelValues(100),
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
    workflowsCreated: new Counter({ name: "agentic_workflows_created_total", help: "Workflows created.", registers }),
    createLatency: new Histogram({
      name: "agentic_workflow_create_delay_seconds",
      help: "Time from a workload's creation to its first Workflow's, in the whole seconds of creationTimestamp.",
      buckets: [1, 2, 5, 10, 30, 60, 300],
      registers,
    }),
    firstPod: new Histogram({
      name: "agentic_first_pod_seconds",
      help: "Time from a workload's creation to the start of its first step, by template; suspended ones don't count.",
      labelNames: ["template"],
      buckets: SLOW,
      registers,
    }),
    steps: new Histogram({
      name: "agentic_step_seconds",
      help: "Duration of each attempt of a step, by template, step (its template's name) and outcome; counted at the run's end.",
      labelNames: ["template", "step", "outcome"],
      buckets: SLOW,
      registers,
    }),
    beginnings: new Counter({
      name: "agentic_step_beginnings_total",
      help: "Steps that were done, by how their work began: fresh, resumed from a checkpoint, done by an attempt before, or reused from an earlier run.",
      labelNames: ["template", "step", "beginning"],
      registers,
    }),
    pages: new Counter({
      name: "agentic_pages_total",
      help: "Pages that steps were to read, by template and result (read, failed, disallowed by robots.txt).",
      labelNames: ["template", "result"],
      registers,
    }),
    pageBytes: new Counter({
      name: "agentic_page_bytes_total",
      help: "Bytes of the pages that were read, by template.",
      labelNames: ["template"],
      registers,
    }),
    runs: new Histogram({
      name: "agentic_run_seconds",
      help: "From the first step's start to the workload's end, without the wait at the last run's gate and without suspension, by template and phase.",
      labelNames: ["template", "phase"],
      buckets: SLOW,
      registers,
    }),
    finished: new Counter({
      name: "agentic_workloads_finished_total",
      help: "Workloads that have ended, by tenant, template, phase, reason, and whose fault it is (none, workload, platform).",
      labelNames: ["tenant", "template", "phase", "reason", "fault"],
      registers,
    }),
    outcomes: counter({
      name: "agentic_workload_outcomes_total",
      help: "Workloads that have ended, by whose fault it is that there is no report (none, workload, platform).",
      label: "fault",
      values: ["none", "workload", "platform"],
    }),
    submissions: counter({
      name: "agentic_submissions_total",
      help: "Workloads by what became of their start: handed to the engine (started), refused, or never started in their time (expired).",
      label: "result",
      values: ["started", "refused", "expired"],
    }),
    scheduled: counter({
      name: "agentic_schedule_workloads_total",
      help: "Workloads of schedules, by whether they were made or refused by the API server.",
      label: "result",
      values: ["made", "refused"],
    }),
    missedTimes: new Counter({
      name: "agentic_schedule_missed_total",
      help: "Times of schedules for which no workload was made, by tenant; of more than a hundred at once a hundred count.",
      labelNames: ["tenant"],
      registers,
    }),
    gates: new Counter({
      name: "agentic_gate_decisions_total",
      help: "Gates that were answered, by decision, mode, and who did (opa, person, timeout, operator, workflow).",
      labelNames: ["decision", "mode", "by"],
      registers,
    }),
    gateWait: new Histogram({
      name: "agentic_gate_wait_seconds",
      help: "Time from the gate to its answer, by mode.",
      labelNames: ["mode"],
      buckets: PATIENT,
      registers,
    }),
    retries: counter({
      name: "agentic_run_retries_total",
      help: "Runs that were started again after a failure, by its kind.",
      label: "kind",
      values: Object.keys(FAILURE_KINDS),
    }),
    stepRetries: counter({
      name: "agentic_step_retries_total",
      help: "Steps that were tried again within their run, by the kind of the failure before.",
      label: "kind",
      values: Object.keys(FAILURE_KINDS),
    }),
    failures: counter({
      name: "agentic_run_failures_total",
      help: "Runs that failed, by kind of failure; runs that are retried count, too.",
      label: "kind",
      values: Object.keys(FAILURE_KINDS),
    }),
    cost: new Counter({
      name: "agentic_cost_nano_total",
      help: "Cost of workloads that have ended, in billionths of the currency, by tenant, template and kind (cpu, memory, model, storage, browser).",
      labelNames: ["tenant", "template", "kind"],
      registers,
    }),
    tokens: new Counter({
      name: "agentic_model_tokens_total",
      help: "Tokens that workloads which have ended asked and were answered with, by tenant, template and direction (input, output).",
      labelNames: ["tenant", "template", "direction"],
      registers,
    }),
    notifications: counter({
      name: "agentic_notifications_total",
      help: "Webhook deliveries, by result.",
      label: "result",
      values: ["delivered", "failed"],
    }),
    spans: counter({
      name: "agentic_spans_total",
      help: "Spans of workloads, by whether the collector has taken them.",
      label: "result",
      values: ["sent", "lost"],
    }),
    watchErrors: new Counter({
      name: "agentic_watch_errors_total",
      help: "Lists and watches that failed and were restarted, by resource.",
      labelNames: ["resource"],
      registers,
    }),
  };
  const { begin, beginCost } = beginning(metrics);
  return { ...metrics, begin };
}

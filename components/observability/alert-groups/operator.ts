// Alerts on workloads and on what runs them: the operator and the workflow engine.
import type { Alert } from "./alert.ts";

export const operatorAlerts = {
  "workload-failed": {
    title: "AgentWorkloads fail",
    summary: "More than 3 workloads of a tenant have failed within 15 minutes: `kubectl get aw -A` shows them and why.",
    // By the number that there is, which a restart of the operator doesn't change.
    expr: ({ of }) => {
      const failed = `sum by (tenant) (${of("agentic_workloads", 'phase="Failed"')})`;
      const before = `sum by (tenant) (${of("agentic_workloads", 'phase="Failed"')} offset 15m)`;
      return `${failed} - (${before} or ${failed} * 0) > 3`;
    },
    for: "0s",
    severity: "warning",
    team: "tenants",
  },
  "queue-stands": {
    title: "Workloads wait for the operator",
    summary: "The operator's queue hasn't come below 20 for 20 minutes.",
    expr: ({ of }) => `max(min_over_time(${of("agentic_queue_depth")}[10m])) > 20`,
    for: "10m",
    severity: "error",
    team: "platform",
    inhibits: ["backlog-age"],
  },
  "backlog-age": {
    title: "A workload waits long for its start",
    summary:
      "A workload of a tenant has waited more than 3 minutes for its Workflow: its condition Accepted says for what.",
    expr: ({ of }) => `max by (tenant) (${of("agentic_pending_oldest_seconds")}) > 180`,
    for: "1m",
    severity: "warning",
    team: "platform",
  },
  "gate-waits": {
    title: "A gate waits long for an answer",
    summary:
      "A workload of a tenant has waited more than 20 minutes at its gate. Unanswered means denied, by default after 30.",
    expr: ({ of }) => `max by (tenant) (${of("agentic_gate_oldest_seconds")}) > 1200`,
    for: "1m",
    severity: "warning",
    team: "tenants",
  },
  "operator-down": {
    title: "No operator runs",
    summary: "No replica of the operator has answered for 5 minutes: nothing starts and no gate is answered.",
    expr: ({ of }) => `absent(${of("agentic_leader")})`,
    for: "5m",
    severity: "critical",
    team: "platform",
    labels: { job: "operator" },
    misses: "operator",
    inhibits: ["no-leader", "queue-stands", "backlog-age", { alert: "scrape-down", equal: ["job"] }],
  },
  "no-leader": {
    title: "No operator leads",
    summary: "No replica of the operator has led for 5 minutes: nothing starts and no gate is answered.",
    expr: ({ of }) => `sum(${of("agentic_leader")}) < 1`,
    for: "5m",
    severity: "critical",
    team: "platform",
    inhibits: ["queue-stands", "backlog-age"],
  },
  "crash-loop": {
    title: "A program of the platform starts again and again",
    summary: "A program has started more than 3 times within 30 minutes: the log of its run before says why.",
    expr: ({ of }) => `max by (job) (changes(${of("process_start_time_seconds")}[30m])) > 3`,
    for: "0s",
    severity: "error",
    team: "platform",
    runbook: "operator-crash-loop",
  },
  "policy-unavailable": {
    title: "The policy engine doesn't answer",
    summary:
      "OPA hasn't answered the operator for 5 minutes. Nothing is allowed meanwhile: no workload starts, no gate opens.",
    expr: ({ of }) => `sum(rate(${of("agentic_policy_seconds_count", 'outcome="error"')}[5m])) > 0`,
    for: "5m",
    severity: "error",
    team: "platform",
    inhibits: ["backlog-age"],
  },
  "service-unavailable": {
    title: "Runs fail because a service is away",
    summary:
      "A step has tried until no try was left: the object store, Postgres, the model gateway, a browser or a site was away.",
    expr: ({ of }) => `sum(increase(${of("agentic_run_failures_total", 'kind="ServiceUnavailable"')}[15m])) > 0`,
    for: "0s",
    severity: "error",
    team: "platform",
  },
  "notifications-fail": {
    title: "Webhooks of workloads aren't delivered",
    summary:
      "More than 3 notifications have been given up within 30 minutes: status.notifications of the workloads says why.",
    expr: ({ of }) => `sum(increase(${of("agentic_notifications_total", 'result="failed"')}[30m])) > 3`,
    for: "0s",
    severity: "warning",
    team: "tenants",
  },
  "engine-down": {
    title: "No workflow engine runs",
    summary: "The workflow engine hasn't answered for 5 minutes: no step starts, and what has ended isn't noted.",
    expr: ({ of }) => `absent(${of("argo_workflows_workers_busy_count")})`,
    for: "5m",
    severity: "critical",
    team: "platform",
    labels: { job: "workflow-engine" },
    misses: "workflow-engine",
    inhibits: ["workflow-errors", { alert: "scrape-down", equal: ["job"] }],
  },
  "workflow-errors": {
    title: "The workflow engine reports errors",
    summary: "The engine has counted more than one error in 10 s for 10 minutes.",
    expr: ({ of }) => `sum(rate(${of("argo_workflows_error_count")}[10m])) > 0.1`,
    for: "10m",
    severity: "warning",
    team: "platform",
  },
} as const satisfies Record<string, Alert>;

// Alerts on the services that steps use, and on what they run on: volumes, memory, certificates.
import type { Alert } from "./alert.ts";

export const serviceAlerts = {
  "object-store-down": {
    title: "The object store doesn't answer",
    summary: "MinIO hasn't answered for 3 minutes: no step can read or write an artifact.",
    expr: ({ of }) => `absent(${of("up", 'job="minio"')} == 1)`,
    for: "3m",
    severity: "critical",
    team: "platform",
    labels: { job: "minio" },
    misses: "minio",
    runbook: "minio-down",
    inhibits: ["object-store-errors", "service-unavailable", { alert: "scrape-down", equal: ["job"] }],
  },
  "postgres-down": {
    title: "Postgres doesn't answer",
    summary:
      "Postgres hasn't answered its exporter for 3 minutes: steps can't keep their place, and no model is asked.",
    expr: ({ of }) => `absent(${of("pg_postmaster_start_time_seconds")})`,
    for: "3m",
    severity: "critical",
    team: "platform",
    labels: { job: "postgres" },
    misses: "postgres",
    inhibits: ["service-unavailable", "model-gateway-errors", { alert: "scrape-down", equal: ["job"] }],
  },
  "postgres-connections": {
    title: "Postgres has few connections left",
    summary:
      "More than 80 % of all connections to Postgres, or of those that a tenant may have, have been in use for 5 minutes: those that come next are refused.",
    expr: ({ of }) =>
      `sum(${of("pg_stat_activity_count")}) / sum(${of("pg_settings_max_connections")}) > 0.8 or ${of("pg_role_connections")} / (${of("pg_role_connection_limit")} > 0) > 0.8`,
    for: "5m",
    severity: "error",
    team: "platform",
  },
  "object-store-errors": {
    title: "The object store answers with errors",
    summary: "More than 5 % of the requests to MinIO have ended in an error of the server for 5 minutes.",
    expr: ({ of }) =>
      `sum(rate(${of("minio_s3_requests_5xx_errors_total")}[5m])) / (sum(rate(${of("minio_s3_requests_total")}[5m])) > 0) > 0.05`,
    for: "5m",
    severity: "error",
    team: "platform",
    runbook: "minio-down",
  },
  "model-gateway-errors": {
    title: "The model gateway answers with errors",
    summary:
      "More than 10 % of the calls of models have failed for 5 minutes, or the ledger of budgets can't be asked: steps of all tenants wait or fail.",
    expr: ({ of }) =>
      `sum(rate(${of("agentic_model_calls_total", 'outcome=~"failed|unavailable"')}[5m])) / (sum(rate(${of("agentic_model_calls_total")}[5m])) > 0) > 0.1`,
    for: "5m",
    severity: "error",
    team: "platform",
    inhibits: ["service-unavailable"],
  },
  "budget-nearly-used": {
    title: "A tenant's budget is nearly used up",
    summary:
      "More than 80 % of what a tenant may spend on models this month is spent or held: its workloads wait for a person, or fail, once it is used up.",
    expr: ({ of }) => `max by (tenant, limit) (${of("agentic_budget_used_ratio")}) > 0.8`,
    for: "5m",
    severity: "warning",
    team: "tenants",
  },
  "model-spend": {
    title: "A tenant spends much more on models than before",
    summary:
      "A tenant has spent more than 1 unit of the currency on models in an hour, and more than five times as much as in an hour of the day before.",
    expr: ({ of }) => {
      const spend = of("agentic_model_spend_nano_total");
      const lately = `sum by (tenant) (increase(${spend}[1h])) / 1e9`;
      return `${lately} > 1 and ${lately} > 5 * sum by (tenant) (increase(${spend}[1d] offset 1h)) / 24e9`;
    },
    for: "5m",
    severity: "warning",
    team: "tenants",
    runbook: "budget-nearly-used",
  },
  "quota-full": {
    title: "A namespace's quota is full",
    summary:
      "More than 95 % of what a namespace may have of a resource has been in use for 10 minutes: what comes next, such as a step's pod, waits or is refused.",
    expr: ({ of }) => `max by (space, resource) (${of("agentic_quota_used_ratio")}) > 0.95`,
    for: "10m",
    severity: "warning",
    team: "platform",
  },
  "volume-filling": {
    title: "A volume is nearly full",
    summary: "Less than 10 % of a volume is free: Postgres stops at none, MinIO refuses writes.",
    expr: ({ of }) =>
      `min by (namespace, persistentvolumeclaim) (${of("kubelet_volume_stats_available_bytes")} / ${of("kubelet_volume_stats_capacity_bytes")}) < 0.1`,
    for: "10m",
    severity: "error",
    team: "platform",
    runbook: "postgres-full",
  },
  "out-of-memory": {
    title: "A service needs more memory than it may have",
    summary: "The kernel has ended a process of one of the platform's containers: it used more memory than its limit.",
    expr: ({ of }) =>
      `sum by (namespace, container) (increase(${of("container_oom_events_total", 'container!=""')}[15m])) > 0`,
    for: "0s",
    severity: "warning",
    team: "platform",
    runbook: "browserless-out-of-memory",
  },
  "certificate-ends": {
    title: "The services' certificates near their end",
    summary:
      "The operator's certificate, which is issued with all others, or one of cert-manager's ends within 3 days: nobody has renewed it.",
    expr: ({ of }) =>
      `min(${of("agentic_certificate_not_after_seconds")} > 0) - time() < 3 * 86400 or min by (exported_namespace, name) (${of("certmanager_certificate_expiration_timestamp_seconds")} > 0) - time() < 3 * 86400`,
    for: "15m",
    severity: "error",
    team: "platform",
  },
} as const satisfies Record<string, Alert>;

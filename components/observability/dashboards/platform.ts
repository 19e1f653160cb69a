// Dashboard: whether the platform works, and how hard.
import { quantile } from "../promql.ts";
import { dashboard, graph, number, WINDOW } from "./panels.ts";

const p95 = (histogram: string, by: string[] = []) => quantile(0.95, `${histogram}_bucket`, WINDOW, by);
const container = 'container!=""';

export const platform = dashboard({
  name: "platform",
  title: "Platform",
  description: "Whether the platform works: its parts, the way of workloads through the operator, services, volumes.",
  rows: {
    "At a glance": [
      number({
        title: "Operators that lead",
        description: "One of them, or nothing starts and no gate is answered.",
        unit: "count",
        queries: [{ expr: "sum(agentic_leader)", legend: "leaders" }],
      }),
      number({
        title: "Targets without an answer",
        description: "Parts of the platform that give no metrics.",
        unit: "count",
        queries: [{ expr: "count(up == 0) or vector(0)", legend: "targets" }],
      }),
      number({
        title: "Alerts",
        description: "Those that fire, without the dead man's switch.",
        unit: "count",
        queries: [
          { expr: 'count(ALERTS{alertstate="firing",alertname!="DeadMansSwitch"}) or vector(0)', legend: "alerts" },
        ],
      }),
      number({
        title: "Longest wait for a start",
        description: "Of the workloads that have no Workflow yet.",
        unit: "seconds",
        queries: [{ expr: "max(agentic_pending_oldest_seconds) or vector(0)", legend: "wait" }],
      }),
    ],
    Workloads: [
      graph({
        title: "Workloads by phase",
        description: "All that there are, ended ones until they are deleted.",
        unit: "count",
        queries: [{ expr: "sum by (phase) (agentic_workloads)", legend: "{{phase}}" }],
      }),
      graph({
        title: "Ends",
        description: "Workloads that end, per second, by whose fault it is if there is no report.",
        unit: "perSecond",
        queries: [{ expr: `sum by (fault) (rate(agentic_workload_outcomes_total[${WINDOW}]))`, legend: "{{fault}}" }],
      }),
      graph({
        title: "From the workload to its Workflow and its first step",
        description: "95 of 100 are faster.",
        unit: "seconds",
        queries: [
          { expr: p95("agentic_workflow_create_delay_seconds"), legend: "Workflow" },
          { expr: p95("agentic_first_pod_seconds"), legend: "first step" },
        ],
      }),
      graph({
        title: "Notifications",
        description: "Webhooks of workloads, per second.",
        unit: "perSecond",
        queries: [{ expr: `sum by (result) (rate(agentic_notifications_total[${WINDOW}]))`, legend: "{{result}}" }],
      }),
    ],
    Operator: [
      graph({
        title: "Queue",
        description: "Workloads that wait for a worker.",
        unit: "count",
        queries: [{ expr: "max(agentic_queue_depth)", legend: "waiting" }],
      }),
      graph({
        title: "Age of the queue",
        description: "For how long the workload has waited that has waited longest.",
        unit: "seconds",
        queries: [{ expr: "max(agentic_queue_oldest_seconds)", legend: "oldest" }],
      }),
      graph({
        title: "Reconciliations",
        description: "Time of one; 95 of 100 are faster.",
        unit: "seconds",
        queries: [{ expr: p95("agentic_reconcile_seconds", ["result"]), legend: "{{result}}" }],
      }),
      graph({
        title: "Answers",
        description: "Of the API server and of the policy engine; 95 of 100 are faster.",
        unit: "seconds",
        queries: [
          { expr: p95("agentic_api_request_seconds", ["verb"]), legend: "API server {{verb}}" },
          { expr: p95("agentic_policy_seconds", ["rule"]), legend: "policy {{rule}}" },
        ],
      }),
    ],
    "Services and nodes": [
      graph({
        title: "Events",
        description: "Requests to the webhook, per second, by their answer.",
        unit: "perSecond",
        queries: [{ expr: `sum by (status) (rate(agentic_events_total[${WINDOW}]))`, legend: "{{status}}" }],
      }),
      graph({
        title: "Object store",
        description: "Requests per second, and those that ended in an error of the server.",
        unit: "perSecond",
        queries: [
          { expr: `sum(rate(minio_s3_requests_total[${WINDOW}]))`, legend: "requests" },
          { expr: `sum(rate(minio_s3_requests_5xx_errors_total[${WINDOW}])) or vector(0)`, legend: "errors" },
        ],
      }),
      graph({
        title: "Connections to Postgres",
        description: "Of all clients, by database, and how many there may be.",
        unit: "count",
        queries: [
          { expr: "sum by (datname) (pg_stat_activity_count)", legend: "{{datname}}" },
          { expr: "max(pg_settings_max_connections)", legend: "at most" },
        ],
      }),
      graph({
        title: "Tenants' share of connections",
        description: "That is in use, by tenant.",
        unit: "share",
        queries: [{ expr: "max by (rolname) (pg_role_connections / pg_role_connection_limit)", legend: "{{rolname}}" }],
      }),
      graph({
        title: "Databases",
        description: "Their size on Postgres' volume.",
        unit: "bytes",
        queries: [{ expr: "max by (datname) (pg_database_size_bytes)", legend: "{{datname}}" }],
      }),
      graph({
        title: "Transactions",
        description: "Of Postgres, per second, by database.",
        unit: "perSecond",
        queries: [
          {
            expr: `sum by (datname) (rate(pg_stat_database_xact_commit[${WINDOW}]) + rate(pg_stat_database_xact_rollback[${WINDOW}]))`,
            legend: "{{datname}}",
          },
        ],
      }),
      graph({
        title: "CPU",
        description: "Cores that the platform's containers use.",
        unit: "cores",
        queries: [
          {
            expr: `sum by (container) (rate(container_cpu_usage_seconds_total{${container}}[${WINDOW}]))`,
            legend: "{{container}}",
          },
        ],
      }),
      graph({
        title: "Memory",
        description: "What the platform's containers can't do without.",
        unit: "bytes",
        queries: [
          { expr: `sum by (container) (container_memory_working_set_bytes{${container}})`, legend: "{{container}}" },
        ],
      }),
      graph({
        title: "Room on volumes",
        description: "Share that is free.",
        unit: "share",
        queries: [
          {
            expr: "min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes)",
            legend: "{{persistentvolumeclaim}}",
          },
        ],
      }),
      graph({
        title: "Out of memory",
        description: "Processes that the kernel has ended, by container, in 15 minutes.",
        unit: "count",
        queries: [
          {
            expr: `sum by (container) (increase(container_oom_events_total{${container}}[15m]))`,
            legend: "{{container}}",
          },
        ],
      }),
    ],
  },
});

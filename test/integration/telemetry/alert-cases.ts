// Of each alert: metrics at which it fires, and metrics at which it must not. Series are in promtool's notation, a sample a minute.
import { allJobs } from "../../../components/observability/scrape-targets.ts";
import type { ObjectiveName } from "../../../components/observability/slo.ts";
import { budgetOf, objectiveNames } from "../../../components/observability/slo.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";

export type Series = Record<string, string>;

export interface AlertCase {
  fires: Series;
  /** When it fires. */
  at: string;
  /** Labels of the series that it fires of, beside its own. */
  labels?: Record<string, string>;
  /** Metrics at which it doesn't fire at that time; absent for one that always fires. */
  quiet?: Series;
  /** Other metrics at which it fires. */
  also?: Series;
  /** Metrics at which it fires of something else. */
  ofOther?: { fires: Series; labels: Record<string, string> };
}

/** The targets for which the cases are made. */
export const targets = sloTargets.standard;

const tenant = { tenant: "tenant-a" };
const failures = (kind: string) => `agentic_run_failures_total{kind="${kind}"}`;
const volume = (metric: string) => `${metric}{namespace="shared-services",persistentvolumeclaim="data-postgres-0"}`;
const oom = 'container_oom_events_total{namespace="shared-services",container="browserless"}';
const modelCalls = (outcome: string) =>
  `agentic_model_calls_total{tenant="tenant-a",model="default",outcome="${outcome}"}`;
const certificate = (name: string) =>
  `certmanager_certificate_expiration_timestamp_seconds{name="${name}",exported_namespace="shared-services"}`;
const quota = (resource: string) => `agentic_quota_used_ratio{space="tenant-a",resource="${resource}"}`;
const connections = (state: string) => `pg_stat_activity_count{datname="tenant-a",state="${state}"}`;
const roleConnections = (metric: string) => `${metric}{rolname="tenant-a"}`;
const budgetUsed = (limit: string) => `agentic_budget_used_ratio{tenant="tenant-a",limit="${limit}"}`;
const modelSpend = 'agentic_model_spend_nano_total{tenant="tenant-a",model="default"}';
const failed = 'agentic_workloads{phase="Failed",template="t",tenant="tenant-a"}';

const allUp: Series = Object.fromEntries(allJobs.map((job) => [`up{job="${job}",instance="b"}`, "1x20"]));

const own: Record<string, AlertCase> = {
  // The first workloads of a template to fail: there is nothing to compare with.
  "workload-failed": { fires: { [failed]: "_x20 5x20" }, at: "25m", labels: tenant, quiet: { [failed]: "5x60" } },
  "queue-stands": {
    fires: { agentic_queue_depth: "30x60" },
    at: "30m",
    quiet: { agentic_queue_depth: "30x5 0x1 30x5 0x1 30x5 0x1 30x5 0x1 30x5 0x1" },
  },
  "backlog-age": {
    fires: { 'agentic_pending_oldest_seconds{tenant="tenant-a"}': "0+60x30" },
    at: "10m",
    labels: tenant,
    quiet: { 'agentic_pending_oldest_seconds{tenant="tenant-a"}': "120x30" },
  },
  "gate-waits": {
    fires: { 'agentic_gate_oldest_seconds{tenant="tenant-a"}': "0+60x60" },
    at: "30m",
    labels: tenant,
    quiet: { 'agentic_gate_oldest_seconds{tenant="tenant-a"}': "0+60x18 0x30" },
  },
  "operator-down": { fires: { up: "1x20" }, at: "10m", quiet: { agentic_leader: "0x20" } },
  "no-leader": {
    fires: { 'agentic_leader{instance="a"}': "0x20", 'agentic_leader{instance="b"}': "0x20" },
    at: "10m",
    quiet: { 'agentic_leader{instance="a"}': "0x20", 'agentic_leader{instance="b"}': "1x20" },
  },
  "crash-loop": {
    fires: { 'process_start_time_seconds{job="operator",instance="a"}': "1x4 2x4 3x4 4x4 5x20" },
    at: "25m",
    labels: { job: "operator" },
    quiet: { 'process_start_time_seconds{job="operator",instance="a"}': "1x4 2x40" },
  },
  "policy-unavailable": {
    fires: { 'agentic_policy_seconds_count{rule="start",outcome="error"}': "0+1x30" },
    at: "15m",
    quiet: { 'agentic_policy_seconds_count{rule="start",outcome="allow"}': "0+1x30" },
  },
  "service-unavailable": {
    fires: { [failures("ServiceUnavailable")]: "0x5 1x30" },
    at: "10m",
    quiet: { [failures("ServiceUnavailable")]: "1x30" },
  },
  "notifications-fail": {
    fires: { 'agentic_notifications_total{result="failed"}': "0x5 5x30" },
    at: "15m",
    quiet: { 'agentic_notifications_total{result="failed"}': "0x5 2x30" },
  },
  "engine-down": {
    fires: { up: "1x20" },
    at: "10m",
    quiet: { 'argo_workflows_workers_busy_count{worker_type="workflow_queue"}': "0x20" },
  },
  "workflow-errors": {
    fires: { 'argo_workflows_error_count{cause="Watch"}': "0+12x60" },
    at: "30m",
    quiet: { 'argo_workflows_error_count{cause="Watch"}': "0+1x60" },
  },
  "object-store-down": {
    fires: { 'up{job="minio"}': "0x20" },
    at: "5m",
    labels: { job: "minio" },
    quiet: { 'up{job="minio"}': "1x20" },
    also: { 'up{job="opa"}': "1x20" },
  },
  "postgres-down": {
    // The exporter answers, and has nothing to tell.
    fires: { 'up{job="postgres"}': "1x20" },
    at: "5m",
    quiet: { pg_postmaster_start_time_seconds: "7x20" },
    also: { pg_postmaster_start_time_seconds: "7x1 stale" },
  },
  "postgres-connections": {
    fires: { [connections("active")]: "50x20", [connections("idle")]: "31x20", pg_settings_max_connections: "100x20" },
    ofOther: {
      fires: {
        [roleConnections("pg_role_connections")]: "27x20",
        [roleConnections("pg_role_connection_limit")]: "33x20",
      },
      labels: { rolname: "tenant-a" },
    },
    at: "10m",
    quiet: {
      [connections("active")]: "80x20",
      pg_settings_max_connections: "100x20",
      [roleConnections("pg_role_connections")]: "26x20",
      [roleConnections("pg_role_connection_limit")]: "33x20",
    },
  },
  "object-store-errors": {
    fires: { minio_s3_requests_total: "0+100x30", minio_s3_requests_5xx_errors_total: "0+10x30" },
    at: "15m",
    quiet: { minio_s3_requests_total: "0+100x30", minio_s3_requests_5xx_errors_total: "0+1x30" },
  },
  "quota-full": {
    fires: { [quota("pods")]: "1x30", [quota("limits.cpu")]: "0.5x30" },
    at: "15m",
    labels: { space: "tenant-a", resource: "pods" },
    quiet: { [quota("pods")]: "0.95x30" },
  },
  "volume-filling": {
    fires: {
      [volume("kubelet_volume_stats_available_bytes")]: "5x60",
      [volume("kubelet_volume_stats_capacity_bytes")]: "100x60",
    },
    at: "20m",
    labels: { namespace: "shared-services", persistentvolumeclaim: "data-postgres-0" },
    quiet: {
      [volume("kubelet_volume_stats_available_bytes")]: "50x60",
      [volume("kubelet_volume_stats_capacity_bytes")]: "100x60",
    },
  },
  "model-gateway-errors": {
    fires: { [modelCalls("failed")]: "0+2x30", [modelCalls("answered")]: "0+10x30" },
    at: "20m",
    quiet: {
      [modelCalls("failed")]: "0+1x30",
      [modelCalls("answered")]: "0+20x30",
      [modelCalls("refused")]: "0+50x30",
    },
  },
  "budget-nearly-used": {
    fires: { [budgetUsed("calls")]: "0.81x30", [budgetUsed("amount")]: "0.1x30" },
    at: "10m",
    labels: { ...tenant, limit: "calls" },
    quiet: { [budgetUsed("calls")]: "0.8x30" },
  },
  "model-spend": {
    // A unit and a half in an hour after a tenth of one in each before; and after one in each.
    fires: { [modelSpend]: "0+1666666x1440 2400000000+25000000x60" },
    at: "25h",
    labels: tenant,
    quiet: { [modelSpend]: "0+16666666x1440 24000000000+25000000x60" },
  },
  "out-of-memory": {
    fires: { [oom]: "0x5 1x30" },
    at: "10m",
    labels: { namespace: "shared-services", container: "browserless" },
    quiet: { [oom]: "1x30" },
  },
  // Promtool's time begins at 0. A gauge of 0 is an endpoint without a certificate.
  "certificate-ends": {
    fires: { agentic_certificate_not_after_seconds: "200000x60" },
    ofOther: {
      fires: { [certificate("minio-tls")]: "200000x60", [certificate("litellm-tls")]: "900000x60" },
      labels: { name: "minio-tls", exported_namespace: "shared-services" },
    },
    at: "20m",
    quiet: {
      'agentic_certificate_not_after_seconds{instance="a"}': "900000x60",
      'agentic_certificate_not_after_seconds{instance="b"}': "0x60",
      [certificate("minio-tls")]: "900000x60",
      // One that isn't issued yet.
      [certificate("new-tls")]: "0x60",
    },
  },
  "image-denied": {
    fires: { [failures("ImageDenied")]: "0x5 1x30" },
    at: "10m",
    quiet: { [failures("StepFailed")]: "0x5 1x30" },
  },
  "break-glass": {
    fires: { 'agentic_break_glass_active{tenant="tenant-a"}': "1x20" },
    at: "5m",
    labels: tenant,
    quiet: { 'agentic_break_glass_active{tenant="tenant-a"}': "0x20" },
  },
  "break-glass-overdue": {
    fires: { agentic_break_glass_overdue: "1x20" },
    at: "5m",
    quiet: { agentic_break_glass_overdue: "0x20" },
  },
  "scrape-down": {
    fires: { ...allUp, 'up{job="opa",instance="a"}': "0x20" },
    at: "10m",
    labels: { job: "opa" },
    quiet: allUp,
    // Without a pod there is no target: its series ends.
    also: { ...allUp, 'up{job="opa",instance="b"}': "1x2 stale" },
  },
  "alerts-undelivered": {
    fires: { 'alertmanager_notifications_failed_total{integration="webhook"}': "0+1x30" },
    at: "15m",
    labels: { integration: "webhook" },
    quiet: { 'alertmanager_notifications_failed_total{integration="webhook"}': "3x30" },
  },
  "traces-lost": {
    fires: { 'otelcol_receiver_refused_spans_total{job="jaeger"}': "0+5x30" },
    at: "20m",
    labels: { job: "jaeger" },
    quiet: {
      'otelcol_receiver_refused_spans_total{job="jaeger"}': "7x30",
      'otelcol_exporter_send_failed_spans_total{job="jaeger"}': "0x30",
    },
  },
  "dead-mans-switch": { fires: { up: "1x20" }, at: "1m" },
};

/** The series of a histogram, or of two counters, of which so many of a thousand a minute are bad. */
const ofObjective: Record<ObjectiveName, { bad?: string; good: string; all?: string }> = {
  submission: {
    bad: 'agentic_submissions_total{result="expired"}',
    good: 'agentic_submissions_total{result="started"}',
  },
  "first-step": {
    all: 'agentic_first_pod_seconds_count{template="t"}',
    good: 'agentic_first_pod_seconds_bucket{template="t",le="60"}',
  },
  success: {
    bad: 'agentic_workload_outcomes_total{fault="platform"}',
    good: 'agentic_workload_outcomes_total{fault="none"}',
  },
  report: {
    all: 'agentic_run_seconds_count{phase="Completed"}',
    good: 'agentic_run_seconds_bucket{phase="Completed",le="600.0"}',
  },
  gate: {
    all: 'agentic_gate_wait_seconds_count{mode="auto"}',
    good: 'agentic_gate_wait_seconds_bucket{mode="auto",le="10"}',
  },
  webhook: {
    bad: 'agentic_events_total{kind="document",status="503"}',
    good: 'agentic_events_total{kind="document",status="200"}',
  },
};

/** An hour in which an objective's budget burns at so many times the even rate; `scale` says how many events there are. */
function burningAt(name: ObjectiveName, times: number, scale = 1000): Series {
  const share = Math.min(0.95, times * budgetOf(targets[name]));
  const bad = scale * share;
  const { bad: badSeries, good, all } = ofObjective[name];
  return {
    ...(badSeries ? { [badSeries]: `0+${bad}x60` } : {}),
    ...(all ? { [all]: `0+${scale}x60` } : {}),
    [good]: `0+${scale - bad}x60`,
  };
}

const burns = objectiveNames.flatMap((name): [string, AlertCase][] => [
  [`slo-${name}-fast`, { fires: burningAt(name, 16), at: "50m", quiet: burningAt(name, 4) }],
  [`slo-${name}-slow`, { fires: burningAt(name, 4), at: "50m", quiet: burningAt(name, 0.5) }],
]);

export const alertCases: Record<string, AlertCase> = { ...own, ...Object.fromEntries(burns) };

/** The same objective where Argo takes the events: a fifth of them fails, or none. */
export const argoEvents = {
  name: "slo-webhook-fast",
  bad: { argo_events_events_sent_total: "0+80x60", argo_events_events_processing_failed_total: "0+20x60" },
  good: { argo_events_events_sent_total: "0+100x60" },
};

/** Everything fails, but there is next to nothing. */
export const fewEvents = { name: "slo-success-fast", series: burningAt("success", 16, 0.1) };

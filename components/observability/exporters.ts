// Metrics of programs that aren't ours, as far as rules, alerts and dashboards ask for them: with the labels that these use.
import { postgresMetrics } from "./postgres-queries.ts";

/** The series of a histogram. */
const histogram = (name: string, labels: readonly string[]) => ({
  [`${name}_bucket`]: [...labels, "le"],
  [`${name}_count`]: labels,
  [`${name}_sum`]: labels,
});

/** By metric: its labels. */
export const exporters: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  /** Made by Prometheus itself for each target. */
  prometheus: {
    up: [],
    prometheus_tsdb_head_series: [],
    prometheus_rule_evaluation_failures_total: [],
    ALERTS: ["alertname", "alertstate", "severity", "team", "tenant", "slo"],
  },
  alertmanager: { alertmanager_notifications_failed_total: ["integration"], alertmanager_alerts: ["state"] },
  jaeger: {
    otelcol_receiver_accepted_spans_total: ["receiver", "transport"],
    otelcol_receiver_refused_spans_total: ["receiver", "transport"],
    otelcol_exporter_send_failed_spans_total: ["exporter"],
  },
  /** Of every client library, ours too. */
  process: { process_start_time_seconds: [], process_cpu_seconds_total: [], process_resident_memory_bytes: [] },
  minio: {
    minio_s3_requests_total: ["api"],
    minio_s3_requests_5xx_errors_total: ["api"],
    minio_s3_requests_4xx_errors_total: ["api"],
    minio_cluster_usage_total_bytes: [],
    minio_cluster_capacity_usable_free_bytes: [],
  },
  /** components/data/litellm/metrics.py */
  litellm: {
    agentic_model_calls_total: ["tenant", "model", "outcome"],
    agentic_gateway_tokens_total: ["tenant", "model", "direction"],
    agentic_model_spend_nano_total: ["tenant", "model"],
    agentic_budget_used_ratio: ["tenant", "limit"],
    ...histogram("gen_ai_client_operation_duration_seconds", ["gen_ai_request_model", "error_type"]),
    ...histogram("gen_ai_client_token_usage", ["gen_ai_request_model", "gen_ai_token_type"]),
  },
  postgres: Object.fromEntries(postgresMetrics.map(({ metric_name: name, key_labels: labels = [] }) => [name, labels])),
  kubelet: {
    kubelet_volume_stats_available_bytes: ["persistentvolumeclaim"],
    kubelet_volume_stats_capacity_bytes: ["persistentvolumeclaim"],
  },
  cadvisor: {
    container_cpu_usage_seconds_total: ["container", "pod"],
    container_memory_working_set_bytes: ["container", "pod"],
    container_spec_memory_limit_bytes: ["container", "pod"],
    container_oom_events_total: ["container", "pod"],
  },
  "cert-manager": { certmanager_certificate_expiration_timestamp_seconds: ["name", "exported_namespace"] },
  coredns: { coredns_dns_requests_total: [], coredns_dns_responses_total: ["rcode"] },
  /** https://argoproj.github.io/argo-events/metrics */
  "argo-events": {
    argo_events_events_sent_total: ["eventsource_name", "event_name"],
    argo_events_events_processing_failed_total: ["eventsource_name", "event_name"],
  },
  /** Of Argo Workflows 4.1, beside those that the built-in engine has, too. */
  "argo-workflows": { argo_workflows_queue_latency: ["queue_name"], argo_workflows_log_messages: ["level"] },
};

/** Labels that a scrape adds to every series. */
export const targetLabels: readonly string[] = ["job", "instance", "namespace", "node", "cluster"];

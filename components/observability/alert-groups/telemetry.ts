// Alerts on what makes the alerts.
import type { Alert } from "./alert.ts";

/** The name of the alert that always fires: its absence says that alerts don't arrive. */
export const DEAD_MANS_SWITCH = "dead-mans-switch";

export const telemetryAlerts = {
  "scrape-down": {
    title: "A part of the platform gives no metrics",
    summary:
      "A target hasn't answered Prometheus for 5 minutes: it is down, or a NetworkPolicy keeps Prometheus out. What depends on it is unseen.",
    expr: ({ of, jobs }) =>
      [`min by (job) (${of("up")}) == 0`, ...jobs.map((job) => `absent(${of("up", `job="${job}"`)})`)].join(" or "),
    for: "5m",
    severity: "error",
    team: "platform",
  },
  "alerts-undelivered": {
    title: "Alerts don't reach their receiver",
    summary: "Alertmanager has failed to deliver notifications for 5 minutes: the receiver is away, or refuses them.",
    expr: ({ of }) => `sum by (integration) (rate(${of("alertmanager_notifications_failed_total")}[5m])) > 0`,
    for: "5m",
    severity: "critical",
    team: "platform",
    prometheusOnly: true,
  },
  "traces-lost": {
    title: "Traces are lost",
    summary:
      "Jaeger has refused or not written spans for 10 minutes: its memory or its volume is full. Workloads run on, their traces have gaps.",
    expr: ({ of }) =>
      `sum by (job) (rate(${of("otelcol_receiver_refused_spans_total")}[5m])) > 0 or sum by (job) (rate(${of("otelcol_exporter_send_failed_spans_total")}[5m])) > 0`,
    for: "10m",
    severity: "warning",
    team: "platform",
    prometheusOnly: true,
  },
  [DEAD_MANS_SWITCH]: {
    title: "Alerts work",
    summary: "Always fires. Whoever receives it raises the alarm where it doesn't come any more.",
    expr: () => "vector(1)",
    for: "0s",
    severity: "none",
    team: "platform",
    prometheusOnly: true,
  },
} as const satisfies Record<string, Alert>;

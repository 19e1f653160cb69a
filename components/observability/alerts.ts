// Every alert of the platform, described once: Prometheus' rules, Cloud Monitoring's policies, routing and docs/alerts.md follow from it.

import type { Alert } from "./alert-groups/alert.ts";
import { operatorAlerts } from "./alert-groups/operator.ts";
import { securityAlerts } from "./alert-groups/security.ts";
import { serviceAlerts } from "./alert-groups/services.ts";
import { telemetryAlerts } from "./alert-groups/telemetry.ts";
import { burning, objectiveNames, objectives, type Urgency } from "./slo.ts";

export {
  type Alert,
  type AlertContext,
  alertName,
  type Severity,
  severities,
  type Team,
  teams,
} from "./alert-groups/alert.ts";

const urgencies: Record<Urgency, Pick<Alert, "severity" | "summary">> = {
  fast: {
    severity: "critical",
    summary: "At this rate the error budget of 30 days is used up within two to five days.",
  },
  slow: { severity: "warning", summary: "At this rate the error budget of 30 days is used up before they are over." },
};

const burnAlerts = objectiveNames.flatMap((name) =>
  (Object.keys(urgencies) as Urgency[]).map((urgency): [string, Alert] => [
    `slo-${name}-${urgency}`,
    {
      title: `${objectives[name].title}: the error budget burns ${urgency === "fast" ? "fast" : "slowly"}`,
      expr: (context) => burning(name, urgency, context),
      for: urgency === "fast" ? "2m" : "15m",
      ...urgencies[urgency],
      team: "platform",
      labels: { slo: name },
      runbook: "slo-burn",
      ...(urgency === "fast" ? { inhibits: [`slo-${name}-slow`] } : {}),
    },
  ]),
);

/** By name, in words with dashes; each has a runbook in docs/runbooks. */
export const alerts: Readonly<Record<string, Alert>> = {
  ...operatorAlerts,
  ...serviceAlerts,
  ...securityAlerts,
  ...telemetryAlerts,
  ...Object.fromEntries(burnAlerts),
};

/** Names of the alerts of a platform that has these jobs. */
export function alertsOf(jobs: readonly string[]): string[] {
  return Object.keys(alerts).filter((name) => {
    const misses = alerts[name]?.misses;
    return misses === undefined || jobs.includes(misses);
  });
}

/** What on-call would want to hear of, and why there is no alert on it yet. */
export const missingAlerts: Readonly<Record<string, string>> = {
  "dead letters growing": "there is no dead-letter queue yet",
  "each certificate, where there is no cert-manager":
    "the operator tells when its own ends, and all are issued together, so that one near its end stands for all; cert-manager tells of each",
};

/** Name of the page in docs/runbooks. */
export const runbookOf = (name: string): string => alerts[name]?.runbook ?? name;

// Cloud Monitoring's alerts on managed Prometheus' metrics: workloads that fail, a platform that stands still.
import { AlertPolicy } from "@pulumi/gcp/monitoring/alertPolicy.js";
import { NotificationChannel } from "@pulumi/gcp/monitoring/notificationChannel.js";
import * as pulumi from "@pulumi/pulumi";
import { type Alert, alerts, alertsOf, runbookOf, type Severity } from "../observability/alerts.ts";
import { selectWith } from "../observability/promql.ts";
import { allJobs } from "../observability/scrape-targets.ts";
import type { Targets } from "../observability/slo.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface AlertsArgs extends GcpScope {
  /** Name of the cluster whose metrics are meant. */
  cluster: string;
  /** Who gets mail. Default nobody: incidents show in Cloud Monitoring only. */
  emails?: readonly string[];
  /** Where the runbooks are; an alert links to a page in it. */
  runbooks?: string;
  /** What the objectives of service levels promise, in percent. */
  targets: Targets;
  /** Jobs that there should be. Default all. */
  jobs?: readonly string[];
}

/** Cloud Monitoring's words for how severe an alert is. */
const severityNames: Record<Exclude<Severity, "none">, "WARNING" | "ERROR" | "CRITICAL"> = {
  warning: "WARNING",
  error: "ERROR",
  critical: "CRITICAL",
};

/** Alert policies over the platform's own metrics, and their channels. */
export class Alerts extends pulumi.ComponentResource {
  constructor(name: string, args: AlertsArgs, options?: pulumi.ComponentResourceOptions) {
    const { emails = [] } = args;
    checkScope(args);
    const invalid = emails.find((email) => !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email));
    if (invalid !== undefined) throw new Error(`emails: '${invalid}' is not a valid e-mail address`);
    if (args.runbooks !== undefined && !/^https:\/\//.test(args.runbooks))
      throw new Error(`runbooks: '${args.runbooks}' is not an https:// URL`);
    super("agentic:gcp:Alerts", name, {}, options);
    const { project } = args;
    const userLabels = gcpLabels(args);
    const channels = emails.map(
      (email) =>
        new NotificationChannel(
          `${name}-${email}`,
          {
            project,
            displayName: `${args.name}: ${email}`,
            type: "email",
            labels: { email_address: email },
            userLabels,
          },
          { parent: this },
        ),
    );
    const { targets, jobs = allJobs } = args;
    const context = { of: selectWith(`cluster="${args.cluster}"`), targets, jobs, recorded: false };
    for (const [alert, { title, expr, for: duration, severity, summary }] of entries(jobs))
      new AlertPolicy(
        `${name}-${alert}`,
        {
          project,
          displayName: `${args.name}: ${title}`,
          combiner: "OR",
          severity: severityNames[severity],
          conditions: [
            {
              displayName: title,
              conditionPrometheusQueryLanguage: {
                query: expr(context),
                duration: seconds(duration),
                evaluationInterval: "60s",
                // The metric is there only once the platform runs.
                disableMetricValidation: true,
              },
            },
          ],
          documentation: {
            mimeType: "text/markdown",
            subject: title,
            content: args.runbooks ? `${summary}\n\n[Runbook](${args.runbooks}/${runbookOf(alert)}.md)` : summary,
          },
          alertStrategy: { autoClose: "86400s" },
          notificationChannels: channels.map(({ id }) => id),
          userLabels,
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}

/** Those that Cloud Monitoring can judge: the others watch Prometheus and Alertmanager themselves. */
function entries(jobs: readonly string[]): [string, Alert & { severity: keyof typeof severityNames }][] {
  return alertsOf(jobs).flatMap((name) => {
    const alert = alerts[name];
    return alert && !alert.prometheusOnly && alert.severity !== "none"
      ? [[name, { ...alert, severity: alert.severity }]]
      : [];
  });
}

/** A duration such as `5m` in Google's form. */
function seconds(duration: string): string {
  const [, count = "0", unit = "s"] = /^(\d+)([smh])$/.exec(duration) ?? [];
  return `${Number(count) * { s: 1, m: 60, h: 3600 }[unit as "s" | "m" | "h"]}s`;
}

// Cloud Monitoring's alerts on managed Prometheus' metrics: workloads that fail, a platform that stands still.
import { AlertPolicy } from "@pulumi/gcp/monitoring/alertPolicy.js";
import { NotificationChannel } from "@pulumi/gcp/monitoring/notificationChannel.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface AlertsArgs extends GcpScope {
  /** Name of the cluster whose metrics are meant. */
  cluster: string;
  /** Who gets mail. Default nobody: incidents show in Cloud Monitoring only. */
  emails?: readonly string[];
  /** Where the runbooks are; an alert links to `<this>/<alert>.md`. */
  runbooks?: string;
}

interface Alert {
  title: string;
  query: (cluster: string) => string;
  /** How long it must hold. */
  for: string;
  severity: "WARNING" | "ERROR" | "CRITICAL";
  text: string;
}

/** By name, each with a runbook of that name in docs/runbooks. */
export const alerts: Record<string, Alert> = {
  "workload-failed": {
    title: "AgentWorkloads fail",
    query: (cluster) =>
      `max(agentic_workloads{${cluster},phase="Failed"} - agentic_workloads{${cluster},phase="Failed"} offset 15m) > 3`,
    for: "0s",
    severity: "WARNING",
    text: "More than 3 workloads have failed within 15 minutes: `kubectl get aw -A` shows them and why.",
  },
  "queue-stands": {
    title: "Workloads wait for the operator",
    query: (cluster) => `min_over_time(agentic_queue_depth{${cluster}}[10m]) > 20`,
    for: "600s",
    severity: "ERROR",
    text: "The operator's queue hasn't come below 20 for 20 minutes.",
  },
  "no-leader": {
    title: "No operator leads",
    query: (cluster) => `(sum(agentic_leader{${cluster}}) or vector(0)) < 1`,
    for: "300s",
    severity: "CRITICAL",
    text: "No replica of the operator has led for 5 minutes: nothing starts and no gate is answered.",
  },
  "break-glass": {
    title: "Somebody is in a tenant's namespace by break-glass",
    query: (cluster) => `max(agentic_break_glass_active{${cluster}}) > 0`,
    for: "0s",
    severity: "WARNING",
    text: "`kubectl get accessrequests` shows who, what for, who approved it, and until when.",
  },
  "break-glass-overdue": {
    title: "Somebody's time in a tenant's namespace is over, and the rights are still there",
    query: (cluster) => `max(agentic_break_glass_overdue{${cluster}}) > 0`,
    for: "60s",
    severity: "CRITICAL",
    text: "The operator hasn't taken rights whose time is over: `kubectl get accessrequests`.",
  },
  "workflow-errors": {
    title: "Argo's controller reports errors",
    query: (cluster) => `sum(rate(argo_workflows_error_count{${cluster}}[10m])) > 0.1`,
    for: "600s",
    severity: "WARNING",
    text: "Argo's controller has counted more than one error in 10 s for 10 minutes.",
  },
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
    for (const [alert, { title, query, for: duration, severity, text }] of Object.entries(alerts))
      new AlertPolicy(
        `${name}-${alert}`,
        {
          project,
          displayName: `${args.name}: ${title}`,
          combiner: "OR",
          severity,
          conditions: [
            {
              displayName: title,
              conditionPrometheusQueryLanguage: {
                query: query(`cluster="${args.cluster}"`),
                duration,
                evaluationInterval: "60s",
                // The metric is there only once the platform runs.
                disableMetricValidation: true,
              },
            },
          ],
          documentation: {
            mimeType: "text/markdown",
            subject: title,
            content: args.runbooks ? `${text}\n\n[Runbook](${args.runbooks}/${alert}.md)` : text,
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

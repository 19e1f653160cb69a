// The telemetry of a stack: who sees the platform's parts, and how they are let in.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import { type MissedPart, missedParts } from "../components/observability/alerts.ts";
import { Dashboards } from "../components/observability/dashboard-config-maps.ts";
import { OperatorObjects } from "../components/observability/operator-objects.ts";
import { prometheusRules } from "../components/observability/rules.ts";
import { type ScrapeTarget, scrapeTargets } from "../components/observability/scrape-targets.ts";
import type { Config } from "./config/config.ts";
import { needsResolver } from "./resolver.ts";

/** What telemetry gets of the rest of the platform. */
export interface StackTelemetryArgs {
  /** The platform's namespaces, by name. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  /** Token for the metrics of MinIO. */
  token?: pulumi.Input<string>;
}

/** The parts of this config that have metrics. */
export function targetsOf(config: Config): ScrapeTarget[] {
  const { components, workflowEngine, eventEngine } = config;
  const on = (name: keyof Config["components"]) => components[name].enabled;
  return scrapeTargets({
    operator: on("operator"),
    workflows: on("workflows") ? workflowEngine : undefined,
    events: on("events") ? eventEngine : undefined,
    minio: on("minio"),
    browserless: on("browserless"),
    resolver: needsResolver(config),
    policyController: on("policyController"),
    registry: on("registry") && on("certificates"),
    tls: on("certificates"),
  });
}

/** Parts of this config whose absence is an alert. */
export function missedPartsOf({ components }: Config): MissedPart[] {
  return missedParts.filter((part) => components[part].enabled);
}

/** Registers what the mode asks for; GKE's own is registered with the cluster. */
export function createTelemetry(
  config: Config,
  { namespaces, token }: StackTelemetryArgs,
  root: pulumi.ComponentResourceOptions,
): void {
  const { mode, scrapeSeconds: interval, prometheusNamespace, labels, runbooks } = config.telemetry;
  if (mode !== "operator") return;
  const rules = prometheusRules({ targets: config.slo, parts: missedPartsOf(config), runbooks });
  const targets = targetsOf(config);
  new OperatorObjects("telemetry", { namespaces, targets, token, rules, interval, prometheusNamespace, labels }, root);
  const namespace = namespaces[NAMESPACES.system];
  if (namespace !== undefined) new Dashboards("dashboards", { namespace }, root);
}

// The telemetry of a stack: who sees the platform's parts, and how they are let in.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import { managedCollector } from "../components/gcp/managed-collector.ts";
import { Dashboards } from "../components/observability/dashboard-config-maps.ts";
import { jaegerOtlpUrl, jaegerPart } from "../components/observability/jaeger-config.ts";
import { OperatorObjects } from "../components/observability/operator-objects.ts";
import { PostgresExporter } from "../components/observability/postgres-exporter.ts";
import { prometheusRules, type RuleFile } from "../components/observability/rules.ts";
import { jobsOf, type ScrapeTarget, scrapeTargets } from "../components/observability/scrape-targets.ts";
import { Telemetry } from "../components/observability/telemetry.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import type { Issuer } from "../components/security/certificates.ts";
import type { Cidrs, Collector } from "../components/security/flows.ts";
import { selector } from "../components/security/labels.ts";
import { commonArgs } from "./component-args.ts";
import { routingOf } from "./config/alerting.ts";
import type { ComponentConfig } from "./config/components.ts";
import type { Config } from "./config/config.ts";
import type { DataServices } from "./data-services.ts";
import { exportsPostgres } from "./exports-postgres.ts";
import { needsResolver } from "./resolver.ts";

/** What telemetry gets of the rest of the platform. */
export interface StackTelemetryArgs {
  /** The platform's namespaces, by name. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  priorities: PriorityClasses;
  issuer?: Issuer;
  apiServerCidrs: Cidrs;
  /** Token for the metrics of MinIO. */
  token?: pulumi.Input<string>;
  /** The services that are seen, and by whom. */
  data: Pick<DataServices, "postgres" | "postgresTenants" | "monitor">;
}

/** The parts of this config that have metrics. */
export function targetsOf(config: Config): ScrapeTarget[] {
  const { components, workflowEngine, eventEngine } = config;
  const on = (name: keyof Config["components"]) => components[name].enabled;
  return scrapeTargets({
    operator: on("operator"),
    console: on("console"),
    workflows: on("workflows") ? workflowEngine : undefined,
    events: on("events") ? eventEngine : undefined,
    minio: on("minio"),
    postgres: exportsPostgres(config),
    browserless: on("browserless"),
    litellm: on("litellm"),
    resolver: needsResolver(config),
    policyController: on("policyController"),
    registry: on("registry") && on("certificates"),
    certManager: on("certificates") && components.certificates.values.install === true,
    tls: on("certificates"),
  });
}

/** The jobs of this config whose absence is an alert. */
export const missedJobs = (config: Config): string[] => jobsOf(targetsOf(config));

/** Whom workloads' spans go to, if anybody takes them. */
export function collectorOf({ telemetry, components }: Config): Collector | undefined {
  const { mode, otlp } = telemetry;
  if (mode === "operator") return otlp;
  if (mode === "managed") return telemetry.managedCollector ? managedCollector : undefined;
  if (mode !== "builtin" || !components.jaeger.enabled) return undefined;
  const url = jaegerOtlpUrl(components.certificates.enabled);
  return { url, namespace: NAMESPACES.observability, pods: selector(jaegerPart) };
}

/** Base URL of the collector that takes logs of the platform's own programs, where one does. */
export const logsUrlOf = ({ telemetry: { mode, otlp } }: Config): string | undefined =>
  mode === "operator" && otlp?.logs ? otlp.url : undefined;

/** The project whose Cloud Logging gets what pods print, on GKE: lines have its fields. */
export const logProjectOf = ({ gke }: Config): string | undefined => gke?.project;

/** Whether telemetry has a namespace of its own. */
export const hasTelemetryNamespace = ({ telemetry }: Config): boolean => telemetry.mode === "builtin";

/** Registers what the mode asks for; GKE's own is registered with the cluster. */
export function createTelemetry(
  config: Config,
  args: StackTelemetryArgs,
  root: pulumi.ComponentResourceOptions,
): Telemetry | undefined {
  const { mode, runbooks } = config.telemetry;
  createPostgresExporter(config, args, root);
  const namespace = args.namespaces[NAMESPACES.system];
  if ((mode === "builtin" || mode === "operator") && namespace !== undefined)
    new Dashboards("dashboards", { namespace }, root);
  const rules = prometheusRules({ targets: config.slo, jobs: missedJobs(config), runbooks });
  if (mode === "builtin") return builtin(config, { ...args, rules }, root);
  if (mode === "operator") {
    const { scrapeSeconds: interval, prometheusNamespace, labels } = config.telemetry;
    const { namespaces, token } = args;
    const targets = targetsOf(config);
    new OperatorObjects(
      "telemetry",
      { namespaces, targets, token, rules, interval, prometheusNamespace, labels },
      root,
    );
  }
  return undefined;
}

function createPostgresExporter(
  { components: { postgresExporter } }: Config,
  { namespaces, priorities, issuer, data: { postgres, postgresTenants, monitor } }: StackTelemetryArgs,
  root: pulumi.ComponentResourceOptions,
): void {
  const namespace = namespaces[NAMESPACES.sharedServices];
  if (!monitor || !postgres || !postgresTenants || namespace === undefined) return;
  const common = { namespace, ...commonArgs(postgresExporter, priorities, "platform"), issuer };
  // Its role is made by the set-up of the tenants' roles.
  const after = { ...root, dependsOn: postgresTenants };
  new PostgresExporter("postgres-exporter", { ...common, server: postgres.server, login: monitor.current }, after);
}

function builtin(
  config: Config,
  { namespaces, priorities, issuer, apiServerCidrs, token, rules }: StackTelemetryArgs & { rules: RuleFile },
  root: pulumi.ComponentResourceOptions,
): Telemetry {
  const { scrapeSeconds: interval, metricsDays, tracesDays, kubelets, nodeCidrs } = config.telemetry;
  const { prometheus, alertmanager, jaeger } = config.components;
  const part = (component: ComponentConfig) => commonArgs(component, priorities, "platform");
  return new Telemetry(
    "telemetry",
    {
      namespaces,
      targets: targetsOf(config),
      token,
      rules,
      alerting: routingOf(config.alerting),
      interval,
      metricsDays,
      tracesDays,
      kubelets,
      apiServerCidrs,
      nodeCidrs: nodeCidrs ?? apiServerCidrs,
      prometheus: { ...part(prometheus), address: config.cluster.prometheusAddress },
      alertmanager: alertmanager.enabled ? part(alertmanager) : undefined,
      eventReceiver: config.components.events.enabled && config.eventEngine === "builtin",
      jaeger: jaeger.enabled ? { ...part(jaeger), address: config.cluster.jaegerAddress } : undefined,
      protection: config.dataProtection,
      issuer,
    },
    root,
  );
}

// What is scraped: each part of the platform that has metrics, listed once for every way of collecting them.
import { CONSOLE_NAME } from "@agentic/api/console.ts";
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { consoleChecksPort } from "../agent-console/console.ts";
import { operatorPort } from "../agent-operator/agent-operator.ts";
import { diagnosticPort } from "../agent-operator/policy-engine.ts";
import { argoControllerPart } from "../argo/argo-workflows.ts";
import { enginePart } from "../argo/builtin-engine.ts";
import { frontMetricsPort } from "../data/browserless/front-container.ts";
import { gatewayMetricsPort } from "../data/litellm/litellm.ts";
import { minioPart } from "../data/minio/minio.ts";
import { registryPart } from "../data/registry-names.ts";
import { type EventEngine, eventParts, metricsPort } from "../events/parts.ts";
import { images } from "../images.ts";
import { certManagerMetricsPort, certManagerPart } from "../security/cert-manager.ts";
import { browserlessPart, resolverPart } from "../security/flows.ts";
import { policyControllerPart } from "../security/policy-controller.ts";
import { postgresExporterPart } from "./postgres-exporter-part.ts";

/** Pods with metrics. */
export interface ScrapeTarget {
  /** Label `job` of its series, and the name of the objects about it. */
  job: string;
  /** Name of its namespace. */
  space: string;
  /** Label of its pods, and the name of its Service. */
  part: string;
  port: number;
  /** Default `/metrics`. */
  path?: string;
  /** Whether it answers by TLS, with a certificate for `<part>.<space>`. */
  tls?: boolean;
  /** Whether nobody misses it where it has no pod: on the embedded node the deployer signs in cert-manager's place. */
  optional?: boolean;
  /** Whether it answers only to the token of the Secret `metricsTokenSecret`. */
  token?: boolean;
}

/** What of the platform runs in the cluster. */
export interface ScrapeTargetsArgs {
  operator: boolean;
  console: boolean;
  /** The workflow engine that runs, if one does. */
  workflows?: "argo" | "builtin";
  /** The receiver of events that runs, if one does. */
  events?: EventEngine;
  minio: boolean;
  /** Whether Postgres' exporter runs. */
  postgres: boolean;
  browserless: boolean;
  litellm: boolean;
  resolver: boolean;
  policyController: boolean;
  registry: boolean;
  /** Whether the platform brings cert-manager. */
  certManager: boolean;
  /** Whether the services have certificates. */
  tls: boolean;
}

/** Each target of the parts that run. */
export function scrapeTargets(running: ScrapeTargetsArgs): ScrapeTarget[] {
  const { tls } = running;
  const { system, argoWorkflows, argoEvents, sharedServices, cosign, certManager } = NAMESPACES;
  const engine = running.workflows === "argo" ? argoControllerPart : enginePart;
  const listed: [boolean, ScrapeTarget][] = [
    [running.operator, { job: "operator", space: system, part: OPERATOR_NAME, port: operatorPort, tls }],
    [running.operator, { job: "opa", space: system, part: OPERATOR_NAME, port: diagnosticPort }],
    [running.console, { job: "console", space: system, part: CONSOLE_NAME, port: consoleChecksPort, tls }],
    [
      running.workflows !== undefined,
      { job: "workflow-engine", space: argoWorkflows, part: engine, port: images.argoController.ports.metrics },
    ],
    [running.events !== undefined, { job: "webhook", space: argoEvents, part: eventParts.webhook, port: metricsPort }],
    [running.events === "argo", { job: "event-sensor", space: argoEvents, part: eventParts.sensor, port: metricsPort }],
    [
      running.minio,
      {
        job: "minio",
        space: sharedServices,
        part: minioPart,
        port: images.minio.ports.s3,
        path: "/minio/v2/metrics/cluster",
        tls,
        token: true,
      },
    ],
    [
      running.postgres,
      {
        job: "postgres",
        space: sharedServices,
        part: postgresExporterPart,
        port: images.sqlExporter.ports.metrics,
        tls,
      },
    ],
    [running.browserless, { job: "browserless", space: sharedServices, part: browserlessPart, port: frontMetricsPort }],
    [running.litellm, { job: "litellm", space: sharedServices, part: "litellm", port: gatewayMetricsPort, tls }],
    [
      running.resolver,
      { job: "resolver", space: sharedServices, part: resolverPart, port: images.coredns.ports.metrics },
    ],
    [
      running.policyController,
      {
        job: "policy-controller",
        space: cosign,
        part: policyControllerPart,
        port: images.policyController.ports.metrics,
      },
    ],
    [
      running.registry,
      { job: "registry", space: sharedServices, part: registryPart, port: images.registry.ports.debug },
    ],
    [
      running.certManager,
      { job: "cert-manager", space: certManager, part: certManagerPart, port: certManagerMetricsPort, optional: true },
    ],
  ];
  return listed.flatMap(([runs, target]) => (runs ? [target] : []));
}

/** The jobs of targets that are missed where they have no pod. */
export const jobsOf = (targets: readonly ScrapeTarget[]): string[] =>
  targets.flatMap(({ job, optional }) => (optional ? [] : [job]));

/** What runs in a platform that has every part. */
export const everyPart: ScrapeTargetsArgs = {
  operator: true,
  console: true,
  workflows: "argo",
  events: "argo",
  minio: true,
  postgres: true,
  browserless: true,
  litellm: true,
  resolver: true,
  policyController: true,
  registry: true,
  certManager: true,
  tls: true,
};

/** Its jobs. */
export const allJobs: readonly string[] = jobsOf(scrapeTargets(everyPart));

/** Secret with the token that targets with `token` ask for, in each namespace where something sends it, and its key. */
export const metricsTokenSecret = { name: "minio-metrics-token", key: "token" } as const;

// What only GKE needs inside the cluster: its NetworkPolicies, what Prometheus reads, Secrets of Secret Manager, the Gateway.
import { CONSOLE_NAME, CONSOLE_PORT } from "@agentic/api/console.ts";
import {
  AGENT_COMPONENT,
  ANNOTATIONS,
  LABELS,
  NAMESPACES,
  OPERATOR_NAME,
  tenantNamespace,
} from "@agentic/api/names.ts";
import { SECRETS } from "@agentic/api/template.ts";
import { WEBHOOK } from "@agentic/api/webhook.ts";
import type * as pulumi from "@pulumi/pulumi";
import { argoServerPart } from "../../components/argo/argo-workflows.ts";
import { tenantRole } from "../../components/data/postgres/logins.ts";
import { postgresTenantsPart } from "../../components/data/postgres/tenants.ts";
import type { CloudSql } from "../../components/gcp/cloud-sql.ts";
import { Edge } from "../../components/gcp/edge.ts";
import { ExternalSecrets, SECRETS_ACCOUNT } from "../../components/gcp/external-secrets.ts";
import { type Exposure, Gateway } from "../../components/gcp/gateway.ts";
import { ManagedRules } from "../../components/gcp/managed-rules.ts";
import { PodMonitoring } from "../../components/gcp/pod-monitoring.ts";
import { type Flows, type PodGroup, PodNetwork, tenantPolicies } from "../../components/gcp/pod-network.ts";
import { StoredSecret } from "../../components/gcp/stored-secret.ts";
import type { ScrapeTarget } from "../../components/observability/scrape-targets.ts";
import { generationName } from "../../components/security/generation.ts";
import { selector } from "../../components/security/labels.ts";
import { policyControllerPart } from "../../components/security/policy-controller.ts";
import type { TenantRules } from "../../components/security/tenant-rules.ts";
import type { Config } from "../config/config.ts";
import { hasPart } from "../config/gke-section.ts";
import type { ClusterHandles } from "../external-services.ts";
import { targetsOf } from "../telemetry.ts";
import type { GcpContext } from "./context.ts";

/** The Google Cloud side, with the database that stands outside of the cluster. */
export interface InClusterArgs extends GcpContext {
  database?: CloudSql;
}

const agents = { matchLabels: { [LABELS.component]: AGENT_COMPONENT } };
/** Argo labels its pods so while they run. */
const executors = { matchLabels: { "workflows.argoproj.io/completed": "false" } };
const ofPart = (part: string) => ({ matchLabels: selector(part) });

/** Registers what the config asks for of it. */
export function createInClusterParts(args: InClusterArgs, handles: ClusterHandles): void {
  networkPolicies(args, handles);
  monitoring(args, handles);
  if (hasPart(args.gke, "externalSecrets")) secrets(args, handles);
  expose(args, handles, exposuresOf(args));
}

/** The ways out that pods have here, besides the platform's own. */
function flowsOf({ gke, network, database }: FlowsArgs): Flows {
  return {
    googleApis: gke.perimeter ? "restricted" : "private",
    ...(database ? { database: { cidr: network.ranges.managedServices, port: database.port } } : {}),
  };
}

type FlowsArgs = Pick<InClusterArgs, "gke" | "network" | "database">;

/** Policies of every tenant's namespace. Agents and Argo's executors are one pod, with one identity. */
export function tenantPoliciesOf(args: FlowsArgs): TenantRules[] {
  const identities: Record<string, object> = hasPart(args.gke, "artifacts")
    ? { "agents-google": agents, "executors-google": executors }
    : {};
  return tenantPolicies(flowsOf(args), { identities, clients: agents });
}

function networkPolicies(args: InClusterArgs, { namespaces, root }: ClusterHandles): void {
  const { gke } = args;
  const { googleApis, database } = flowsOf(args);
  const platform = (space: string, name: string, pods: object): PodGroup[] =>
    namespaces[space] === undefined ? [] : [{ name, namespace: namespaces[space], space, selector: pods }];
  const { argoWorkflows, cosign, sharedServices, system } = NAMESPACES;
  new PodNetwork(
    "gke-network",
    {
      googleApis,
      namespaces,
      identities: [
        ...(hasPart(gke, "artifacts") ? platform(argoWorkflows, "argo-server-google", ofPart(argoServerPart)) : []),
        ...(hasPart(gke, "artifacts") && args.config.components.console.enabled
          ? platform(system, "console-google", ofPart(CONSOLE_NAME))
          : []),
        ...(hasPart(gke, "registry") ? platform(cosign, "policy-controller-google", ofPart(policyControllerPart)) : []),
      ],
      database: database && {
        ...database,
        clients: [
          ...platform(argoWorkflows, "engine-database", {}),
          ...platform(sharedServices, "postgres-tenants-database", ofPart(postgresTenantsPart)),
          ...platform(sharedServices, "litellm-database", ofPart("litellm")),
          ...platform(system, "operator-database", ofPart(OPERATOR_NAME)),
        ],
      },
      metrics: managedTargets(args.config).flatMap(({ job, space, part, port }) =>
        platform(space, `${job}-metrics`, ofPart(part)).map((pods) => ({ ...pods, port })),
      ),
    },
    root,
  );
}

/** What managed Prometheus reads: all but targets that ask for a token, whose Secret its collectors would have to read. */
function managedTargets(config: Config): ScrapeTarget[] {
  return config.telemetry.mode === "managed" ? targetsOf(config).filter(({ token }) => !token) : [];
}

function monitoring({ config }: InClusterArgs, { namespaces, root }: ClusterHandles): void {
  const parts = managedTargets(config).flatMap(({ job, space, part, ...endpoint }) =>
    namespaces[space] === undefined
      ? []
      : [{ part: job, namespace: namespaces[space], selector: selector(part), ...endpoint }],
  );
  const interval = `${config.telemetry.scrapeSeconds}s`;
  if (parts.length > 0) new PodMonitoring("pod-monitoring", { parts, interval }, root);
  if (config.telemetry.mode === "managed") new ManagedRules("rules", { targets: config.slo }, root);
}

/** Each tenant's password of the database, and the database's authority, by Secret Manager, for who has its namespace here. */
function secrets({ gke, scope, root, keys, database }: InClusterArgs, handles: ClusterHandles): void {
  if (!database) return;
  const own = handles.tenants.filter(({ namespace }) => namespace !== undefined);
  const reader = (tenant: string) => ({ namespace: tenantNamespace(tenant), serviceAccount: SECRETS_ACCOUNT });
  const { databaseSetup } = handles;
  const stored = (secret: string, value: pulumi.Input<string>, tenants: string[]) =>
    new StoredSecret(
      secret,
      { ...scope, secret, value, readers: tenants.map(reader), kmsKey: keys?.key("secrets") },
      // Agents must get a new password only after the database has it.
      { ...root, ...(databaseSetup ? { dependsOn: [databaseSetup] } : {}) },
    );
  const all = own.map(({ tenant }) => tenant);
  const authority = stored("postgres-ca", database.certificateAuthority, all);
  for (const { tenant, namespace = "" } of own) {
    const { value = "", generation = 1 } = handles.databasePasswords[tenant] ?? {};
    const password = stored(`postgres-${tenantRole(tenant)}`, value, [tenant]);
    new ExternalSecrets(
      `${tenant}-secrets`,
      {
        project: scope.project,
        cluster: scope.name,
        region: scope.region,
        namespace,
        refresh: gke.externalSecrets?.refresh,
        secrets: { [SECRETS.postgres.name]: { password: password.secretId, "ca.crt": authority.secretId } },
        ...(generation > 1
          ? {
              template: {
                data: { user: generationName(tenantRole(tenant), generation) },
                metadata: { annotations: { [ANNOTATIONS.generation]: String(generation) } },
              },
            }
          : {}),
      },
      { ...handles.root, dependsOn: [password, authority] },
    );
  }
}

/** Seconds that a stream of the console's pages may last, which begins anew after that. */
const STREAM_SECONDS = 3_600;

/** What the config exposes: both know their callers themselves, the webhook by its tokens, the console by sign-in. */
function exposuresOf({ config, gke }: InClusterArgs): Exposure[] {
  const { webhook, console } = gke.exposed ?? {};
  const exposure = (host: string, namespace: string, service: string, port: number) =>
    ({ host, namespace, service, port, podPort: port, podLabels: selector(service), access: "public" }) as const;
  return [
    ...(webhook
      ? [
          {
            ...exposure(webhook, NAMESPACES.argoEvents, WEBHOOK.service, WEBHOOK.port),
            healthPath: WEBHOOK.healthPath,
          },
        ]
      : []),
    ...(console
      ? [
          {
            ...exposure(console, NAMESPACES.system, CONSOLE_NAME, CONSOLE_PORT),
            healthPath: "/",
            protocol: config.components.certificates.enabled ? ("HTTPS" as const) : ("HTTP" as const),
            timeoutSeconds: STREAM_SECONDS,
          },
        ]
      : []),
  ];
}

/** Exposes these and nothing else, as far as their namespaces are here. */
function expose(
  { gke, scope, root }: InClusterArgs,
  { namespaces, root: kubernetes }: ClusterHandles,
  all: readonly Exposure[],
): void {
  if (all.length === 0) return;
  const { allowedRanges, requestsPerMinute } = gke.exposed ?? {};
  const edge = new Edge(
    "edge",
    { ...scope, hosts: all.map(({ host }) => host), allowedRanges, requestsPerMinute },
    root,
  );
  const exposures = all.filter(({ namespace }) => namespaces[namespace] !== undefined);
  const namespace = namespaces[exposures[0]?.namespace ?? ""];
  if (namespace === undefined) return;
  new Gateway("gateway", { namespace, edge, exposures }, { ...kubernetes, dependsOn: [edge] });
}

// The tenants of a stack: a namespace for each, or a grant for a tenant whose own stack creates its namespace.
import { approversSetting, GATE_RULES, GROUP_SEPARATOR, gateRulesText } from "@agentic/api/gate-rules.ts";
import { AGENT_SERVICE_ACCOUNT, NAMESPACES, tenantNamespace } from "@agentic/api/names.ts";
import { DEFAULT_MODEL, OPTIONAL_PARAMETERS, PARAMETERS } from "@agentic/api/template.ts";
import { TENANT_SETTINGS } from "@agentic/api/tenant-settings.ts";
import * as pulumi from "@pulumi/pulumi";
import { WorkflowTemplates } from "../components/argo/workflow-templates.ts";
import { tenantRole } from "../components/data/postgres/logins.ts";
import type { Issuer } from "../components/security/certificates.ts";
import { generationName } from "../components/security/generation.ts";
import type { TenantFlows, TenantFlowsArgs } from "../components/security/tenant-rules.ts";
import { TenantAccess } from "../components/tenancy/access.ts";
import type { TenantGrant } from "../components/tenancy/grant.ts";
import type { Resolver } from "../components/tenancy/resolver.ts";
import { Tenant, type TenantArgs } from "../components/tenancy/tenant.ts";
import { withEstimate, workflowTemplates } from "../workflows/index.ts";
import type { Config } from "./config/config.ts";
import { countsOf } from "./config/object-quota.ts";
import type { TenantConfig } from "./config/tenants.ts";
import { type DataServices, objectStoreUser } from "./data-services.ts";
import { eventAccountsOf } from "./events.ts";
import { serviceParameters } from "./service-addresses.ts";
import { collectorOf, logProjectOf } from "./telemetry.ts";
import { engineRights } from "./workflow-engine.ts";

/** What the tenants get of the rest of the platform. */
export interface TenantsArgs {
  data: DataServices;
  /** The operator's account. */
  operator?: { name: string; namespace: pulumi.Input<string> };
  /** Definitions of the kinds of templates and workloads. */
  definitions: pulumi.Resource[];
  /** Signs what the tenants trust, where the services have certificates. */
  issuer?: Issuer;
  /** Decides the flows of each tenant's pods, with the tenant's own sites. */
  network: Omit<TenantFlowsArgs, "allowedSites" | "egressInternet" | "resolver">;
  /** The resolver of tenants without egress. */
  resolver?: Resolver;
  /** What admits the tenants' images, where something does; the tenants' namespaces wait for it. */
  admission: pulumi.Resource[];
  /** Self-contained kubeconfig of the cluster; "" where there is none. */
  kubeconfig: pulumi.Input<string>;
}

export interface Tenants {
  /** For the network policies of the platform's own namespaces, and of the tenants that it makes. */
  flows: TenantFlows[];
  /** The outputs `tenants`, `tenantKubeconfigs` and `tenantGrants`. */
  tenants: {
    name: string;
    namespace: pulumi.Input<string>;
    external: boolean;
    owner: string;
    costCenter: string;
    serviceAccount: string;
    bucket: string;
    artifactPrefix: string;
    quota: Omit<TenantConfig["quota"], "objects">;
  }[];
  tenantKubeconfigs: Record<string, pulumi.Input<string>>;
  tenantGrants: Record<string, TenantGrant>;
}

/** Registers the namespaces of the tenants that this stack makes, and hands out what the others need. */
export function createTenants(config: Config, args: TenantsArgs, root: pulumi.ComponentResourceOptions): Tenants {
  const templates = workflowTemplates.map((template) => withEstimate(template, config.prices));
  const registered: Tenants = { flows: [], tenants: [], tenantKubeconfigs: {}, tenantGrants: {} };
  config.tenants.forEach((tenant, i) => {
    const { name, allowedSites, egressInternet, external, owner, costCenter, bucket, quota } = tenant;
    const { objects: _, ...amounts } = quota;
    const settings = tenantArgs(config, tenant, i, args);
    const resolver = egressInternet ? undefined : args.resolver?.address;
    let namespace: pulumi.Output<string> | undefined;
    if (external)
      registered.tenantGrants[name] = {
        ...settings,
        // A grant is data and can't hold a resource; by the time another stack reads it, the issuer exists.
        ...(settings.issuer ? { issuer: { ...settings.issuer, after: undefined } } : {}),
        network: { ...args.network, allowedSites, egressInternet, resolver },
        templates,
      };
    else {
      const tenantSettings = { ...settings, secretsAfter: knowingCredentials(args.data) };
      const space = new Tenant(name, tenantSettings, { ...root, dependsOn: args.admission });
      namespace = space.namespace;
      new WorkflowTemplates(
        `${name}-templates`,
        { namespace, resolver, templates },
        { ...root, dependsOn: args.definitions },
      );
      const { kubeconfig } = args;
      const access = new TenantAccess(
        `${name}-access`,
        { tenant: name, namespace, kubeconfig, rotation: config.rotation.accounts },
        root,
      );
      registered.tenantKubeconfigs[name] = access.kubeconfig;
    }
    registered.flows.push({ tenant: name, namespace, allowedSites, egressInternet, resolver });
    registered.tenants.push({
      name,
      namespace: namespace ?? tenantNamespace(name),
      external,
      owner,
      costCenter,
      serviceAccount: AGENT_SERVICE_ACCOUNT,
      bucket,
      artifactPrefix: "job_{jobId}",
      quota: amounts,
    });
  });
  return registered;
}

/** What must be there before agents get the credentials: the service knows them then. */
function knowingCredentials({
  minio,
  postgresTenants,
  litellm,
  browserless,
}: DataServices): TenantArgs["secretsAfter"] {
  return {
    objectStore: minio ? [minio.setup] : [],
    postgres: postgresTenants ? [postgresTenants] : [],
    litellm: litellm ? [litellm.deployment] : [],
    browserless: browserless ? [browserless.deployment] : [],
  };
}

/** What its workloads may ask for; what the config doesn't say stays away. */
function settingsOf({ approval, allowedTemplates }: TenantConfig): Record<string, string> {
  const { fourEyes, quorum = 1, approvers = {} } = approval;
  const settings = {
    [GATE_RULES.fourEyes]: fourEyes ? "true" : undefined,
    [GATE_RULES.quorum]: quorum > 1 ? String(quorum) : undefined,
    ...Object.fromEntries(
      Object.entries(approvers).map(([template, groups]) => [approversSetting(template), groups.join(GROUP_SEPARATOR)]),
    ),
    [TENANT_SETTINGS.approvalMode]: approval.mode,
    [TENANT_SETTINGS.minThreshold]: approval.minThreshold,
    [TENANT_SETTINGS.approvalPolicy]: approval.policy,
    [TENANT_SETTINGS.allowedTemplates]: allowedTemplates?.join(","),
  };
  return Object.fromEntries(Object.entries(settings).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}

/** By namespace that a team's own stack makes: the rules for its gates, which the team takes as they are. */
export const externalGateRules = ({ tenants }: Config): Record<string, string> =>
  Object.fromEntries(
    tenants.flatMap((tenant) =>
      tenant.external ? [[tenantNamespace(tenant.name), gateRulesText(settingsOf(tenant))]] : [],
    ),
  );

/** Where its agents send spans to, what is in them, and of how many workloads; nothing where nobody takes them. */
function tracing(config: Config, { tracePrompts }: TenantConfig): Record<string, string> {
  const { tracesPercent } = config.telemetry;
  const collector = collectorOf(config);
  const project = logProjectOf(config);
  const logging: Record<string, string> = project ? { [OPTIONAL_PARAMETERS.logProject]: project } : {};
  if (!collector) return logging;
  return {
    ...logging,
    [OPTIONAL_PARAMETERS.otlpUrl]: collector.url,
    ...(tracePrompts ? { [OPTIONAL_PARAMETERS.tracePrompts]: "true" } : {}),
    ...(tracesPercent < 100 ? { [TENANT_SETTINGS.tracesPercent]: String(tracesPercent) } : {}),
  };
}

/** A tenant's own settings and credentials, the same whoever makes its namespace. */
function tenantArgs(
  config: Config,
  tenant: TenantConfig,
  i: number,
  { data, operator, issuer }: TenantsArgs,
): TenantArgs {
  // These become outputs, so they are secret whatever their provider says.
  const secret = (value: pulumi.Input<string> = "") => pulumi.secret(value);
  const credentials = data.credentials[i];
  const { rotation } = config;
  const generations = {
    objectStore: rotation.minio.generation,
    postgres: rotation.postgres.generation,
    litellm: rotation.litellm.generation,
    browserless: rotation.browserless.generation,
  };
  return {
    tenant: tenant.name,
    owner: tenant.owner,
    costCenter: tenant.costCenter,
    quota: { ...tenant.quota, objects: countsOf(tenant.quota.objects) },
    allowedSites: tenant.allowedSites,
    members: tenant.members,
    ...(tenant.budget ? { hasMonthBudget: true } : {}),
    parameters: {
      [PARAMETERS.bucket]: tenant.bucket,
      [PARAMETERS.agentImage]: config.images.agents,
      [PARAMETERS.model]: DEFAULT_MODEL,
      ...serviceParameters(data, tenant.name),
      ...settingsOf(tenant),
      ...tracing(config, tenant),
    },
    // Cloud Storage knows its pods: it asks for no keys.
    ...(data.objectStore?.kind === "gcs"
      ? {}
      : {
          objectStore: {
            accessKey: generationName(objectStoreUser(tenant.name), generations.objectStore),
            secretKey: secret(credentials?.objectStore.current.value),
          },
        }),
    // A tenant whose namespace another stack makes gets the password with its grant.
    ...(data.storedPasswords && !tenant.external
      ? {}
      : {
          postgresPassword: secret(data.postgres && credentials?.postgres.current.value),
          ...(generations.postgres > 1
            ? { postgresUser: generationName(tenantRole(tenant.name), generations.postgres) }
            : {}),
        }),
    ...(data.postgresAuthority ? { postgresAuthority: data.postgresAuthority } : {}),
    browserlessToken: secret(data.browserless && credentials?.browserless.current.value),
    litellmKey: secret(credentials?.litellm.current.value),
    generations,
    accounts: rotation.accounts,
    ...(issuer ? { issuer } : {}),
    operator: operator ?? { name: "none", namespace: NAMESPACES.system },
    engine: engineRights(config),
    executor: config.workflowEngine === "argo",
    eventAccounts: eventAccountsOf(config, tenant),
    admittedImages: config.components.policyController.enabled,
  };
}

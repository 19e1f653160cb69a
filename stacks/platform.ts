// Composes the platform: which components there are, and what each gets of the others.
import { NAMESPACES } from "@agentic/api/names.ts";
import { DEFAULT_MODEL, PARAMETERS } from "@agentic/api/template.ts";
import { Endpoints } from "@pulumi/kubernetes/core/v1/endpoints.js";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { AgentOperator } from "../components/agents/operator.ts";
import { ArgoWorkflows } from "../components/argo/argo-workflows.ts";
import { BuiltinEngine } from "../components/argo/builtin-engine.ts";
import { ArgoDefinitions } from "../components/argo/definitions.ts";
import { WorkflowTemplates } from "../components/argo/workflow-templates.ts";
import { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { Browserless } from "../components/data/browserless.ts";
import { LiteLlm } from "../components/data/litellm.ts";
import { Minio } from "../components/data/minio.ts";
import { Postgres } from "../components/data/postgres.ts";
import { NetworkPolicies, type ServiceName } from "../components/security/network-policies.ts";
import { Tenant } from "../components/tenancy/tenant.ts";
import { WorkflowAdmission } from "../components/tenancy/workflow-admission.ts";
import type { Config } from "./config.ts";

/** What the stack hands out about itself. */
export interface Platform {
  namespaces: string[];
  endpoints: Record<string, string>;
  tenants: { name: string; namespace: pulumi.Output<string>; serviceAccount: string; bucket: string }[];
}

const services: readonly ServiceName[] = ["minio", "postgres", "browserless", "litellm"];

/** Registers everything that the config asks for, in the cluster of the provider. */
export function createPlatform(config: Config, provider: Provider, llmApiKey?: pulumi.Output<string>): Platform {
  const { components, owner, costCenter, workflowEngine } = config;
  const root = { providers: { kubernetes: provider } };
  const on = (name: keyof Config["components"]) => components[name].enabled;
  const there = services.filter(on);
  const names = [
    ...(on("operator") ? [NAMESPACES.system] : []),
    ...(on("workflows") ? [NAMESPACES.argoWorkflows] : []),
    ...(there.length > 0 ? [NAMESPACES.sharedServices] : []),
  ];
  const namespaces = new PlatformNamespaces("namespaces", { names, owner, costCenter }, root);
  const shared = { namespace: there.length > 0 ? namespaces.get(NAMESPACES.sharedServices) : "" };

  const credentials = config.tenants.map(({ name }) => ({
    objectStore: new RandomPassword(`${name}-object-store`, { length: 32, special: false }).result,
    litellm: pulumi.interpolate`sk-${new RandomPassword(`${name}-litellm`, { length: 32, special: false }).result}`,
  }));
  const unset = pulumi.secret("");
  const credential = (i: number) => credentials[i] ?? { objectStore: unset, litellm: unset };
  const options = ({ image, replicas, resources, storage }: Config["components"]["minio"]) => ({
    image,
    replicas,
    resources,
    storage,
  });

  const minio = on("minio")
    ? new Minio(
        "minio",
        {
          ...shared,
          ...options(components.minio),
          retentionDays: config.artifactRetentionDays,
          users: config.tenants.map(({ name, bucket }, i) => ({
            bucket,
            accessKey: `tenant-${name}`,
            secretKey: credential(i).objectStore,
          })),
        },
        root,
      )
    : undefined;
  const postgres = on("postgres")
    ? new Postgres("postgres", { ...shared, ...options(components.postgres) }, root)
    : undefined;
  const browserless = on("browserless")
    ? new Browserless("browserless", { ...shared, ...options(components.browserless) }, root)
    : undefined;
  const litellm = on("litellm")
    ? new LiteLlm(
        "litellm",
        {
          ...shared,
          ...options(components.litellm),
          ...(config.llm && llmApiKey ? { ...config.llm, apiKey: llmApiKey } : {}),
          keys: config.tenants.map(({ name }, i) => ({
            name,
            key: credential(i).litellm,
            models: [DEFAULT_MODEL, "offline"],
            rpm: 600,
          })),
        },
        root,
      )
    : undefined;

  const definitions = new ArgoDefinitions("argo", {}, root);
  if (on("workflows")) {
    const namespace = namespaces.get(NAMESPACES.argoWorkflows);
    const { image, resources } = components.workflows;
    if (workflowEngine === "builtin")
      new BuiltinEngine(
        "engine",
        { namespace, image: image ?? config.images.workflowEngine ?? "", resources },
        { ...root, dependsOn: definitions.definitions },
      );
    else if (postgres)
      new ArgoWorkflows(
        "workflows",
        {
          namespace,
          archive: { host: postgres.host, port: postgres.port, database: "argo", password: postgres.password("argo") },
          ...(minio ? { objectStore: { url: minio.url, bucket: config.tenants[0]?.bucket ?? "" } } : {}),
          resources,
        },
        // Controller and server end where they don't find their archive, and Kubernetes waits longer for each try.
        { ...root, dependsOn: [...definitions.definitions, postgres] },
      );
  }
  const operator = on("operator")
    ? new AgentOperator(
        "operator",
        {
          namespace: namespaces.get(NAMESPACES.system),
          image: config.images.operator,
          replicas: components.operator.replicas,
          resources: components.operator.resources,
        },
        { ...root, dependsOn: definitions.definitions },
      )
    : undefined;
  new WorkflowAdmission("workflow-admission", {}, { ...root, dependsOn: definitions.definitions });

  const tenants = config.tenants.map((tenant, i) => {
    const made = new Tenant(
      tenant.name,
      {
        tenant: tenant.name,
        owner: tenant.owner,
        costCenter: tenant.costCenter,
        quota: tenant.quota,
        allowedSites: tenant.allowedSites,
        parameters: {
          [PARAMETERS.bucket]: tenant.bucket,
          [PARAMETERS.agentImage]: config.images.agents,
          [PARAMETERS.model]: DEFAULT_MODEL,
          ...(browserless ? { [PARAMETERS.browserlessUrl]: browserless.url } : {}),
          ...(litellm ? { [PARAMETERS.litellmUrl]: litellm.url } : {}),
          ...(minio ? { [PARAMETERS.objectStoreUrl]: minio.url } : {}),
          ...(postgres ? { [PARAMETERS.postgresDsn]: postgres.dsn("langgraph") } : {}),
        },
        objectStore: { accessKey: `tenant-${tenant.name}`, secretKey: credential(i).objectStore },
        postgresPassword: postgres?.password("langgraph") ?? unset,
        browserlessToken: browserless?.token ?? unset,
        litellmKey: credential(i).litellm,
        operator: operator?.account ?? { name: "none", namespace: NAMESPACES.system },
        executor: workflowEngine === "argo",
      },
      root,
    );
    new WorkflowTemplates(
      `${tenant.name}-templates`,
      { namespace: made.namespace },
      { ...root, dependsOn: definitions.definitions },
    );
    return { name: tenant.name, namespace: made.namespace, serviceAccount: made.serviceAccount, bucket: tenant.bucket };
  });

  new NetworkPolicies(
    "network",
    {
      namespaces: Object.fromEntries(names.map((one) => [one, namespaces.get(one)])),
      tenants: config.tenants.map(({ name, allowedSites, egressInternet }, i) => ({
        tenant: name,
        namespace: tenants[i]?.namespace ?? "",
        allowedSites,
        egressInternet,
      })),
      apiServerCidrs: config.cluster.apiServerCidrs ?? apiServerCidrs(provider),
      engine: workflowEngine,
      services: there,
      gatewayInternet: config.llm !== undefined,
    },
    root,
  );

  const endpoints = {
    objectStore: minio?.url,
    browser: browserless?.url,
    modelGateway: litellm?.url,
    postgres: postgres?.dsn("langgraph"),
  };
  return {
    namespaces: names,
    endpoints: Object.fromEntries(
      Object.entries(endpoints).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    tenants,
  };
}

/** Where the API server's Service leads, as the cluster itself says. */
function apiServerCidrs(provider: Provider): pulumi.Output<string[]> {
  const endpoints = Endpoints.get("api-server", "default/kubernetes", { provider });
  return endpoints.subsets.apply((subsets) => {
    const ips = subsets?.flatMap((subset) => subset.addresses?.map(({ ip }) => ip) ?? []) ?? [];
    if (ips.length === 0)
      throw new Error("the cluster doesn't say where its API server is: set cluster.apiServerCidrs");
    return ips.map((ip) => `${ip}/32`);
  });
}

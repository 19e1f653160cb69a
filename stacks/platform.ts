// Composes the platform: which components there are, and what each gets of the others.
import { NAMESPACES } from "@agentic/api/names.ts";
import { DEFAULT_MODEL, PARAMETERS } from "@agentic/api/template.ts";
import { Endpoints } from "@pulumi/kubernetes/core/v1/endpoints.js";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { AgentOperator } from "../components/agents/operator.ts";
import { ArgoDefinitions } from "../components/argo/definitions.ts";
import { WorkflowTemplates } from "../components/argo/workflow-templates.ts";
import { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { NetworkPolicies, type ServiceName } from "../components/security/network-policies.ts";
import { Tenant } from "../components/tenancy/tenant.ts";
import { WorkflowAdmission } from "../components/tenancy/workflow-admission.ts";
import type { Config } from "./config.ts";
import { createDataServices, serviceEndpoints, serviceParameters } from "./data-services.ts";
import { createWorkflowEngine } from "./workflow-engine.ts";

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
  const sharedServices = there.length > 0 ? namespaces.get(NAMESPACES.sharedServices) : "";
  const data = createDataServices(config, sharedServices, root, llmApiKey);

  const { definitions } = new ArgoDefinitions("argo", {}, root);
  const withDefinitions = { ...root, dependsOn: definitions };
  createWorkflowEngine(config, namespaces, data, definitions, root);
  const operator = on("operator")
    ? new AgentOperator(
        "operator",
        {
          namespace: namespaces.get(NAMESPACES.system),
          image: config.images.operator,
          replicas: components.operator.replicas,
          resources: components.operator.resources,
        },
        withDefinitions,
      )
    : undefined;
  new WorkflowAdmission("workflow-admission", {}, withDefinitions);

  const unset = pulumi.secret("");
  const tenants = config.tenants.map((tenant, i) => {
    const credentials = data.credentials[i];
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
          ...serviceParameters(data),
        },
        objectStore: { accessKey: `tenant-${tenant.name}`, secretKey: credentials?.objectStore ?? unset },
        postgresPassword: data.postgres?.password("langgraph") ?? unset,
        browserlessToken: data.browserless?.token ?? unset,
        litellmKey: credentials?.litellm ?? unset,
        operator: operator?.account ?? { name: "none", namespace: NAMESPACES.system },
        executor: workflowEngine === "argo",
      },
      root,
    );
    new WorkflowTemplates(`${tenant.name}-templates`, { namespace: made.namespace }, withDefinitions);
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
  return { namespaces: names, endpoints: serviceEndpoints(data), tenants };
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

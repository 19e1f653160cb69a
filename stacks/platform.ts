// Composes the platform: which components there are, and what each gets of the others.
import { NAMESPACES } from "@agentic/api/names.ts";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { AgentOperator } from "../components/agent-operator/agent-operator.ts";
import { argoServerUrl } from "../components/argo/argo-workflows.ts";
import { ArgoDefinitions } from "../components/argo/definitions.ts";
import { deletedWith } from "../components/cluster/deleted-with.ts";
import { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import { NetworkPolicies, type ServiceName } from "../components/security/network-policies.ts";
import { WorkflowAdmission } from "../components/tenancy/workflow-admission.ts";
import { apiServerCidrs } from "./api-server.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import { namespaceQuota } from "./config/quotas.ts";
import { createDataServices, serviceDashboards, serviceEndpoints } from "./data-services.ts";
import { createEvents } from "./events.ts";
import type { ExternalServices } from "./external-services.ts";
import { createImageAdmission } from "./image-admission.ts";
import { createIssuer } from "./issuer.ts";
import { handedOut } from "./kubeconfig.ts";
import { stackLabel } from "./ownership.ts";
import { createTenants, type Tenants } from "./tenants.ts";
import { createWorkflowEngine } from "./workflow-engine.ts";

/** What the stack hands out about itself. */
export interface Platform extends Omit<Tenants, "flows"> {
  namespaces: string[];
  endpoints: Record<string, string>;
  dashboards: Record<string, string>;
  kubeconfig: pulumi.Input<string>;
}

const services: readonly ServiceName[] = ["minio", "postgres", "browserless", "litellm"];

/** Registers everything that the config asks for, in the cluster of the provider. */
export function createPlatform(
  config: Config,
  provider: Provider,
  llmApiKey?: pulumi.Output<string>,
  outside: ExternalServices = {},
): Platform {
  const { components, owner, costCenter, workflowEngine } = config;
  const root = {
    providers: { kubernetes: provider },
    ...(outside.deletedWith ? deletedWith(outside.deletedWith) : {}),
  };
  const on = (name: keyof Config["components"]) => components[name].enabled;
  const there = services.filter(on);
  // A database outside has its tenants' roles made from in here.
  const shared = there.length > 0 || outside.database !== undefined;
  const names = [
    ...(on("operator") ? [NAMESPACES.system] : []),
    ...(on("workflows") ? [NAMESPACES.argoWorkflows] : []),
    ...(on("events") ? [NAMESPACES.argoEvents] : []),
    ...(shared || on("registry") ? [NAMESPACES.sharedServices] : []),
    ...(on("policyController") ? [NAMESPACES.cosign] : []),
    ...(on("certificates") && components.certificates.values.install ? [NAMESPACES.certManager] : []),
  ];
  const priorities = new PriorityClasses("priorities", {}, root);
  const quotas = Object.fromEntries(
    names.map((name) => [name, { ...namespaceQuota(name, components), nodePorts: outside.nodePorts?.[name] }]),
  );
  const protection = { of: [NAMESPACES.sharedServices], is: config.dataProtection };
  const stack = stackLabel(pulumi.getProject(), pulumi.getStack());
  const namespaces = new PlatformNamespaces(
    "namespaces",
    { namespaces: quotas, owner, costCenter, protection, stack },
    root,
  );
  const sharedServices = shared ? namespaces.get(NAMESPACES.sharedServices) : "";
  const issuer = createIssuer(config, namespaces, priorities, root);
  const data = createDataServices(config, sharedServices, priorities, root, llmApiKey, outside, issuer);

  const { definitions } = new ArgoDefinitions("argo", {}, root);
  const withDefinitions = { ...root, dependsOn: definitions };
  createWorkflowEngine(config, namespaces, data, definitions, priorities, root, outside.nodes?.agents, issuer);
  const { workers, policyTimeoutMilliseconds: policyTimeout, logLevel } = components.operator.values;
  const operator = on("operator")
    ? new AgentOperator(
        "operator",
        {
          namespace: namespaces.get(NAMESPACES.system),
          ...commonArgs(components.operator, priorities, "critical"),
          image: components.operator.image ?? config.images.operator,
          workers,
          policyTimeout,
          logLevel,
          issuer,
        },
        withDefinitions,
      )
    : undefined;
  new WorkflowAdmission("workflow-admission", {}, withDefinitions);

  const kubeconfig = pulumi.secret(
    // A tool's kubeconfig is YAML, with all that the tool puts in.
    outside.kubeconfig?.apply((kubeconfig) => (kubeconfig ? handedOut({ kubeconfig }) : "")) ??
      (config.cluster.kind === "none" ? "" : handedOut(config.cluster)),
  );
  const network = {
    apiServerCidrs:
      config.cluster.apiServerCidrs ??
      outside.apiServerCidrs ??
      apiServerCidrs(provider, outside.deletedWith && outside.kubeconfig),
    engine: workflowEngine,
    services: there,
    more: outside.tenantPolicies,
  };
  // Before the tenants: their pods are admitted by what stands here.
  const admission = createImageAdmission(
    config,
    { namespaces, priorities, apiServerCidrs: network.apiServerCidrs, issuer },
    root,
  );
  const { flows, ...tenants } = createTenants(
    config,
    { data, operator: operator?.account, definitions, issuer, network, kubeconfig, admission },
    root,
  );
  new NetworkPolicies(
    "network",
    {
      namespaces: Object.fromEntries(names.map((one) => [one, namespaces.get(one)])),
      tenants: flows,
      ...network,
      gatewayInternet: config.llm !== undefined,
    },
    root,
  );
  // Last: who sends an event finds the tenants ready.
  const { apiServerCidrs: cidrs } = network;
  const events = createEvents(config, { namespaces, priorities, apiServerCidrs: cidrs, pubsub: outside.pubsub }, root);
  outside.finish?.({
    namespaces: Object.fromEntries(names.map((one) => [one, namespaces.get(one)])),
    quotas: namespaces,
    tenants: flows,
    databasePasswords: Object.fromEntries(
      config.tenants.map(({ name }, i) => [name, data.credentials[i]?.postgres ?? ""]),
    ),
    root,
  });
  return {
    namespaces: names,
    endpoints: { ...serviceEndpoints(data), ...events, ...outside.endpoints },
    dashboards: {
      ...serviceDashboards(data),
      ...(on("workflows") && workflowEngine === "argo" ? { workflows: argoServerUrl(issuer !== undefined) } : {}),
    },
    kubeconfig,
    ...tenants,
  };
}

// Composes the platform: creates its components and connects them.
import { NAMESPACES, tenantNamespace } from "@agentic/api/names.ts";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { AgentOperator } from "../components/agent-operator/agent-operator.ts";
import { argoServerUrl } from "../components/argo/argo-workflows.ts";
import { ArgoDefinitions } from "../components/argo/definitions.ts";
import { deletedWith } from "../components/cluster/deleted-with.ts";
import { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import { SystemPods } from "../components/cluster/system-pods.ts";
import type { LedgerAccess } from "../components/data/litellm/ledger.ts";
import { sandboxed } from "../components/scheduling/placement.ts";
import { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import { ApiFairness } from "../components/security/api-fairness.ts";
import type { Issuer } from "../components/security/certificates.ts";
import type { ServiceName } from "../components/security/flows.ts";
import { NetworkPolicies } from "../components/security/network-policies.ts";
import { NamespaceAdmission } from "../components/tenancy/namespace-admission.ts";
import { SandboxAdmission } from "../components/tenancy/sandbox-admission.ts";
import { WorkflowAdmission } from "../components/tenancy/workflow-admission.ts";
import { apiServerCidrs } from "./api-server.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import { consoleUrlOf } from "./config/console.ts";
import { namespaceQuota } from "./config/quotas.ts";
import { createConsole } from "./console.ts";
import { createDataServices } from "./data-services.ts";
import { createEvents } from "./events.ts";
import type { ExternalServices } from "./external-services.ts";
import { createImageAdmission } from "./image-admission.ts";
import { createIssuer } from "./issuer.ts";
import { handedOut } from "./kubeconfig.ts";
import { stackLabel } from "./ownership.ts";
import { createResolver, needsResolver } from "./resolver.ts";
import { serviceDashboards, serviceEndpoints } from "./service-addresses.ts";
import { collectorOf, createTelemetry, hasTelemetryNamespace, logProjectOf, logsUrlOf } from "./telemetry.ts";
import { createTenants, externalGateRules, type Tenants } from "./tenants.ts";
import { createWorkflowEngine } from "./workflow-engine.ts";

/** What the stack hands out about itself. */
export interface Platform extends Omit<Tenants, "flows"> {
  namespaces: string[];
  endpoints: Record<string, string>;
  dashboards: Record<string, string>;
  kubeconfig: pulumi.Input<string>;
}

const services: readonly ServiceName[] = ["minio", "postgres", "browserless", "litellm"];

export interface PlatformArgs {
  /** Provider of the cluster. */
  provider: Provider;
  /** What is outside of the cluster, and what is known of it. Default: nothing. */
  external?: ExternalServices;
  /** Key of the model that the config names. */
  llmApiKey?: pulumi.Output<string>;
  /** What the console's issuer knows it by. */
  consoleClientSecret?: pulumi.Output<string>;
}

/** Registers everything that the config asks for, in the cluster of the provider. */
export function createPlatform(
  config: Config,
  { provider, external: services = {}, llmApiKey, consoleClientSecret }: PlatformArgs,
): Platform {
  const { components, workflowEngine, sandbox } = config;
  const external = sandbox
    ? { ...services, nodes: { agents: sandboxed(sandbox), browsers: sandboxed(sandbox) } }
    : services;
  const root = {
    providers: { kubernetes: provider },
    ...(external.deletedWith ? deletedWith(external.deletedWith) : {}),
  };
  const names = namespacesOf(config, external);
  const priorities = new PriorityClasses("priorities", {}, root);
  const namespaces = createNamespaces(config, { names, nodePorts: external.nodePorts }, root);
  const namespace = names.includes(NAMESPACES.sharedServices) ? namespaces.get(NAMESPACES.sharedServices) : "";
  const issuer = createIssuer(config, { namespaces, priorities }, root);
  const data = createDataServices(config, { namespace, priorities, external, llmApiKey, issuer }, root);

  const { definitions } = new ArgoDefinitions("argo", {}, root);
  const withDefinitions = { ...root, dependsOn: definitions };
  const agentNodes = external.nodes?.agents;
  createWorkflowEngine(config, { namespaces, priorities, data, definitions, agentNodes, issuer }, root);
  const { claimKey, ledger } = data;
  const operator = createOperator(config, { namespaces, priorities, issuer, claimKey, ledger }, withDefinitions);
  const gateRules = externalGateRules(config);
  new NamespaceAdmission(
    "namespace-admission",
    { admittedImages: components.policyController.enabled, gateRules },
    root,
  );
  // Of an existing cluster it isn't known who makes its own pods; an embedded node's kube-system is under Pod Security.
  if (["kind", "k3d", "k3s", "gke"].includes(config.cluster.kind)) new SystemPods("system-pods", {}, root);
  new WorkflowAdmission("workflow-admission", {}, withDefinitions);
  const controllers: readonly string[] = [NAMESPACES.system, NAMESPACES.argoWorkflows, NAMESPACES.argoEvents];
  new ApiFairness(
    "fairness",
    {
      platform: names.filter((name) => controllers.includes(name)),
      tenants: config.tenants.map(({ name }) => tenantNamespace(name)),
    },
    root,
  );

  const kubeconfig = pulumi.secret(
    // A tool's kubeconfig is YAML, with all that the tool puts in.
    external.kubeconfig?.apply((kubeconfig) => (kubeconfig ? handedOut({ kubeconfig }) : "")) ??
      (config.cluster.kind === "none" ? "" : handedOut(config.cluster)),
  );
  const cidrs =
    config.cluster.apiServerCidrs ??
    external.apiServerCidrs ??
    apiServerCidrs(provider, external.deletedWith && external.kubeconfig);
  const network = {
    apiServerCidrs: cidrs,
    engine: workflowEngine,
    services: enabledServices(config),
    collector: collectorOf(config),
    more: external.tenantPolicies,
  };
  const resolver = createResolver(config, { namespaces, priorities, apiServerCidrs: cidrs, external }, root);
  // Before the tenants, whose pods it admits.
  const admission = [
    ...createImageAdmission(config, { namespaces, priorities, apiServerCidrs: cidrs, issuer }, root),
    ...(agentNodes?.runtimeClassName
      ? new SandboxAdmission("sandbox", { runtimeClass: agentNodes.runtimeClassName }, root).ready
      : []),
  ];
  const { flows, ...tenants } = createTenants(
    config,
    {
      data,
      operator: operator?.account,
      definitions: [...definitions, ...(operator ? [operator] : [])],
      issuer,
      network,
      resolver,
      kubeconfig,
      admission,
    },
    root,
  );
  const byName = Object.fromEntries(names.map((name) => [name, namespaces.get(name)]));
  new NetworkPolicies(
    "network",
    {
      namespaces: byName,
      tenants: flows,
      ...network,
      gatewayInternet: config.llm !== undefined,
      engineLogs: workflowEngine === "builtin" && logsUrlOf(config) !== undefined,
      alarms: components.operator.values.alarmUrl !== undefined,
      console: components.console.enabled,
    },
    root,
  );
  const console = createConsole(
    config,
    {
      namespaces,
      priorities,
      data,
      apiServerCidrs: cidrs,
      issuer,
      clientSecret: consoleClientSecret,
      definitions: [...definitions, ...(operator ? [operator] : [])],
    },
    root,
  );
  const telemetry = createTelemetry(
    config,
    { namespaces: byName, priorities, issuer, apiServerCidrs: cidrs, token: data.minio?.metricsToken, data },
    root,
  );
  // Last, so that the tenants are ready when the first event comes.
  const { pubsub } = external;
  const events = createEvents(config, { namespaces, priorities, apiServerCidrs: cidrs, pubsub, issuer }, root);
  external.finish?.({
    namespaces: byName,
    quotas: namespaces,
    tenants: flows,
    databasePasswords: Object.fromEntries(
      config.tenants.flatMap(({ name }, i) => {
        const password = data.credentials[i]?.postgres.current;
        return password ? [[name, password]] : [];
      }),
    ),
    databaseSetup: data.postgresTenants,
    root,
  });
  return {
    namespaces: names,
    endpoints: {
      ...serviceEndpoints(data),
      ...events,
      ...telemetry?.urls,
      ...external.endpoints,
    },
    dashboards: {
      ...serviceDashboards(data),
      ...(components.workflows.enabled && workflowEngine === "argo"
        ? { workflows: argoServerUrl(issuer !== undefined) }
        : {}),
      ...(console ? { console: console.url } : {}),
    },
    kubeconfig,
    ...tenants,
  };
}

/** The data services that run in the cluster. */
function enabledServices({ components }: Config): ServiceName[] {
  return services.filter((name) => components[name].enabled);
}

/** Names of the platform's own namespaces: each is there for what runs in it. */
function namespacesOf(config: Config, external: ExternalServices): string[] {
  const { components } = config;
  const on = (name: keyof Config["components"]) => components[name].enabled;
  // A database outside of the cluster has its tenants' roles made from in here.
  const shared =
    enabledServices(config).length > 0 || external.database !== undefined || on("registry") || needsResolver(config);
  const needed: [string, boolean][] = [
    [NAMESPACES.system, on("operator") || on("console")],
    [NAMESPACES.argoWorkflows, on("workflows")],
    [NAMESPACES.argoEvents, on("events")],
    [NAMESPACES.sharedServices, shared],
    [NAMESPACES.cosign, on("policyController")],
    [NAMESPACES.observability, hasTelemetryNamespace(config)],
    [NAMESPACES.certManager, on("certificates") && components.certificates.values.install === true],
  ];
  return needed.flatMap(([name, isNeeded]) => (isNeeded ? [name] : []));
}

function createNamespaces(
  config: Config,
  { names, nodePorts }: { names: readonly string[]; nodePorts: ExternalServices["nodePorts"] },
  root: pulumi.ComponentResourceOptions,
): PlatformNamespaces {
  const { components, owner, costCenter } = config;
  const quotas = Object.fromEntries(
    names.map((name) => [name, { ...namespaceQuota(name, components), nodePorts: nodePorts?.[name] }]),
  );
  const protection = { of: [NAMESPACES.sharedServices], is: config.dataProtection };
  const stack = stackLabel(pulumi.getProject(), pulumi.getStack());
  return new PlatformNamespaces("namespaces", { namespaces: quotas, owner, costCenter, protection, stack }, root);
}

function createOperator(
  config: Config,
  {
    namespaces,
    priorities,
    issuer,
    claimKey,
    ledger,
  }: {
    namespaces: PlatformNamespaces;
    priorities: PriorityClasses;
    issuer?: Issuer;
    claimKey?: pulumi.Input<string>;
    ledger?: LedgerAccess;
  },
  options: pulumi.ComponentResourceOptions,
): AgentOperator | undefined {
  const { images, tenants, prices, cost } = config;
  const { operator } = config.components;
  if (!operator.enabled) return undefined;
  const { workers, policyTimeoutMilliseconds: policyTimeout, logLevel, alarmUrl, consoleUrl } = operator.values;
  return new AgentOperator(
    "operator",
    {
      namespace: namespaces.get(NAMESPACES.system),
      ...commonArgs(operator, priorities, "critical"),
      image: operator.image ?? images.operator,
      workers,
      policyTimeout,
      logLevel,
      timerImage: images.agents,
      alarmUrl,
      consoleUrl: consoleUrl ?? consoleUrlOf(config),
      digests: Object.fromEntries(
        tenants.flatMap(({ name, digest }) => (digest ? [[tenantNamespace(name), digest]] : [])),
      ),
      monthBudgets: Object.fromEntries(
        tenants.flatMap(({ name, budget }) => (budget ? [[tenantNamespace(name), budget]] : [])),
      ),
      prices,
      ...(ledger ? { ledger } : {}),
      ...(claimKey === undefined ? {} : { budgets: { claimKey, whenUsed: cost.whenBudgetUsed } }),
      notifyNamespaces: tenants.filter(({ egressInternet }) => egressInternet).map(({ name }) => tenantNamespace(name)),
      collectorUrl: collectorOf(config)?.url,
      logProject: logProjectOf(config),
      logsUrl: logsUrlOf(config),
      issuer,
    },
    options,
  );
}

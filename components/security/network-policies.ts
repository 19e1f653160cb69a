// Who may talk to whom: exactly the platform's data flows, on top of the default deny of each namespace.
import { inTenants } from "@agentic/api/admission.ts";
import { CONSOLE_NAME } from "@agentic/api/console.ts";
import { NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import {
  apiServerFlow,
  dnsRules,
  inNamespace,
  type Rules,
  resolvingPods,
  type ServiceName,
  servicePorts,
  tcp,
  toCollector,
  toInternet,
  toService,
} from "./flows.ts";
import { selector } from "./labels.ts";
import { agents, declared, executors, type TenantFlows, type TenantFlowsArgs, tenantRules } from "./tenant-rules.ts";

export interface NetworkPoliciesArgs
  extends Pick<TenantFlowsArgs, "apiServerCidrs" | "engine" | "services" | "collector" | "more"> {
  /** The platform's namespaces that exist. */
  namespaces: Record<string, pulumi.Input<string>>;
  tenants: readonly TenantFlows[];
  /** Whether the model gateway asks a model outside. */
  gatewayInternet: boolean;
  /** Whether the operator posts alarms to the internet. Default false. */
  alarms?: boolean;
  /** Whether the console reads artifacts. Default false. */
  console?: boolean;
  /** Whether the engine sends its log to the collector. Default false. */
  engineLogs?: boolean;
}

/** Jobs that make the tenants' users of a service. */
const setups = { minio: "minio-setup", postgres: "postgres-tenants" } as const;

/** Ends of the tunnel by which managed control planes reach pods. */
const konnectivity = {
  namespaceSelector: inNamespace("kube-system"),
  podSelector: { matchLabels: { "k8s-app": "konnectivity-agent" } },
};
/** A policy that is to be registered. */
interface Policy {
  namespace: pulumi.Input<string>;
  /** The namespace's name in the name of the resource. */
  space: string;
  /** Of the object. */
  name: string;
  rules: Rules;
  /** Why it opens the whole internet, where it does. */
  reason?: string | undefined;
}

/** One NetworkPolicy for each pod that takes part in a flow. */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, options?: pulumi.ComponentResourceOptions) {
    const knownCidrs = Array.isArray(args.apiServerCidrs) ? (args.apiServerCidrs as readonly string[]) : [];
    const invalid = knownCidrs.find((cidr) => !/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(cidr));
    if (invalid) throw new Error(`apiServerCidrs: '${invalid}' is not a valid IPv4 range such as 10.0.0.1/32`);
    super("agentic:security:NetworkPolicies", name, {}, options);
    const { namespaces } = args;
    const policy = ({ namespace, space, name: objectName, rules, reason }: Policy) => {
      const policyTypes = [...(rules.ingress ? ["Ingress"] : []), ...(rules.egress ? ["Egress"] : [])];
      new NetworkPolicy(
        `${name}-${space}-${objectName}`,
        { metadata: { name: objectName, namespace, ...declared(reason) }, spec: { ...rules, policyTypes } },
        { parent: this },
      );
    };
    for (const [space, namespace] of Object.entries(namespaces))
      policy({ namespace, space, name: "dns", rules: { ...dnsRules, podSelector: resolvingPods } });

    const apiServer = apiServerFlow(args.apiServerCidrs);
    const system = namespaces[NAMESPACES.system];
    if (system !== undefined) {
      // For which tenants, the operator itself knows (NOTIFY_NAMESPACES).
      const reason = [
        ...(args.tenants.some(({ egressInternet }) => egressInternet)
          ? ["notifications go to what workloads of tenants with egressInternet name"]
          : []),
        ...(args.alarms ? ["alarms go to the stack's alarmUrl"] : []),
      ].join("; ");
      const rules = {
        podSelector: { matchLabels: selector(OPERATOR_NAME) },
        egress: [
          apiServer,
          ...(args.collector ? [toCollector(args.collector)] : []),
          ...(args.services.includes("postgres") ? [toService("postgres")] : []),
          ...(reason ? [toInternet([443])] : []),
        ],
      };
      policy({ namespace: system, space: NAMESPACES.system, name: OPERATOR_NAME, rules, reason: reason || undefined });
    }
    const workflows = namespaces[NAMESPACES.argoWorkflows];
    const engineLogs = args.engineLogs && args.collector ? [toCollector(args.collector)] : [];
    // Everything in that namespace is the engine: controller and server, or the built-in one.
    if (workflows !== undefined)
      policy({
        namespace: workflows,
        space: NAMESPACES.argoWorkflows,
        name: "engine",
        rules: {
          podSelector: {},
          egress: [
            apiServer,
            ...engineLogs,
            ...(args.engine === "argo" ? [toService("postgres"), toService("minio")] : []),
          ],
        },
      });
    const certManager = namespaces[NAMESPACES.certManager];
    if (certManager !== undefined) {
      const { to } = apiServer;
      const place = { namespace: certManager, space: NAMESPACES.certManager };
      policy({ ...place, name: "api-server", rules: { podSelector: {}, egress: [apiServer] } });
      policy({
        ...place,
        name: "webhook",
        rules: {
          podSelector: { matchLabels: { "app.kubernetes.io/name": "webhook" } },
          // The API server connects directly, or through a tunnel that ends in kube-system.
          ingress: [
            { from: [konnectivity], ports: [tcp(10250)] },
            { from: to, ports: [tcp(10250)] },
          ],
        },
      });
    }
    this.#services(args, policy);
    for (const { tenant, namespace, ...flows } of args.tenants)
      if (namespace !== undefined)
        for (const { name: objectName, spec, reason } of tenantRules({ ...args, ...flows }))
          policy({ namespace, space: `tenant-${tenant}`, name: objectName, rules: spec, reason });
    this.registerOutputs({});
  }

  #services(args: NetworkPoliciesArgs, policy: (policy: Policy) => void): void {
    const space = NAMESPACES.sharedServices;
    const namespace = args.namespaces[space];
    if (namespace === undefined) return;
    const fromAgents = { namespaceSelector: inTenants, podSelector: agents };
    const fromExecutors = { namespaceSelector: inTenants, podSelector: executors };
    const fromArgo = { namespaceSelector: inNamespace(NAMESPACES.argoWorkflows) };
    const argo = args.engine === "argo";
    const fromSystem = (part: string) => ({
      namespaceSelector: inNamespace(NAMESPACES.system),
      podSelector: { matchLabels: selector(part) },
    });
    const fromSetup = (part: string) => ({ podSelector: { matchLabels: selector(part) } });
    const more: Record<ServiceName, object[]> = {
      minio: [
        fromSetup(setups.minio),
        ...(args.console ? [fromSystem(CONSOLE_NAME)] : []),
        ...(argo ? [fromExecutors, fromArgo] : []),
      ],
      postgres: [
        fromSetup(setups.postgres),
        fromSetup("litellm"),
        fromSystem(OPERATOR_NAME),
        ...(argo ? [fromArgo] : []),
      ],
      browserless: [],
      litellm: [],
    };
    // Browsers have no egress: agents fetch for them, through their guard of addresses.
    const egress: Partial<Record<ServiceName, object[]>> = {
      litellm: [
        ...(args.services.includes("postgres") ? [toService("postgres")] : []),
        ...(args.gatewayInternet ? [toInternet([443])] : []),
      ],
    };
    const reason = args.gatewayInternet ? "the gateway asks the model of the stack's config" : undefined;
    for (const service of args.services) {
      const rules = {
        podSelector: { matchLabels: selector(service) },
        ingress: [{ from: [fromAgents, ...more[service]], ports: [tcp(servicePorts[service])] }],
        ...(egress[service]?.length ? { egress: egress[service] } : {}),
      };
      policy({ namespace, space, name: service, rules, reason: service === "litellm" ? reason : undefined });
    }
    for (const service of ["minio", "postgres"] as const)
      if (args.services.includes(service))
        policy({
          namespace,
          space,
          name: setups[service],
          rules: {
            podSelector: { matchLabels: selector(setups[service]) },
            egress: [
              { to: [{ podSelector: { matchLabels: selector(service) } }], ports: [tcp(servicePorts[service])] },
            ],
          },
        });
  }
}

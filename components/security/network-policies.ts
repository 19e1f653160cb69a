// Who may talk to whom: exactly the platform's data flows, on top of the default deny of each namespace.
import { PRIVATE_IPV4, SPECIAL_IPV4 } from "@agentic/api/addresses.ts";
import { inTenants } from "@agentic/api/admission.ts";
import { ANNOTATIONS, LABELS, NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { AGENT_COMPONENT } from "../../workflows/index.ts";
import { images } from "../images.ts";
import type { AllowedSite } from "../tenancy/tenant.ts";
import { selector } from "./labels.ts";

/** A tenant as the flows see it. */
export interface TenantFlows {
  tenant: string;
  /** Absent where another stack makes the namespace, and the policies in it. */
  namespace?: pulumi.Input<string>;
  allowedSites: readonly AllowedSite[];
  /** Whether the agents may read public sites. */
  egressInternet: boolean;
  /** Address of the resolver that the pods ask in the place of the cluster's, which also knows names outside. */
  resolver?: pulumi.Input<string>;
}

/** What decides the policies in a tenant's namespace. */
export interface TenantFlowsArgs
  extends Pick<TenantFlows, "allowedSites" | "egressInternet" | "resolver">,
    Pick<NetworkPoliciesArgs, "apiServerCidrs" | "engine" | "services" | "more"> {}

export interface NetworkPoliciesArgs {
  /** The platform's namespaces that exist. */
  namespaces: Record<string, pulumi.Input<string>>;
  tenants: readonly TenantFlows[];
  /** Addresses of the API server, as CIDRs. */
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  /** `argo`: its controller, server and executors are there instead of the built-in engine. */
  engine: "argo" | "builtin";
  /** Parts that run in shared-services. */
  services: readonly ServiceName[];
  /** Whether the model gateway asks a model outside. */
  gatewayInternet: boolean;
  /** Whether the operator posts alarms to the internet. Default false. */
  alarms?: boolean;
  /** Policies in each tenant's namespace that only this kind of cluster needs. */
  more?: readonly TenantRules[];
}

export type ServiceName = "minio" | "postgres" | "browserless" | "litellm";

const ports: Record<ServiceName, number> = {
  minio: images.minio.ports.s3,
  postgres: images.postgres.ports.postgres,
  browserless: images.browserless.ports.http,
  litellm: images.litellm.ports.http,
};

/** Jobs that make the tenants' users of a service. */
const setups = { minio: "minio-setup", postgres: "postgres-tenants" } as const;

/** Ports that the API server may listen on behind its Service. */
export const apiServerPorts = [443, 6443];

/** Ranges that aren't part of the internet. */
const privateCidrs = [...PRIVATE_IPV4, ...SPECIAL_IPV4];

const tcp = (port: number) => ({ protocol: "TCP", port });
export const inNamespace = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
/** Ends of the tunnel by which managed control planes reach pods. */
const konnectivity = {
  namespaceSelector: inNamespace("kube-system"),
  podSelector: { matchLabels: { "k8s-app": "konnectivity-agent" } },
};
const agents = { matchLabels: { [LABELS.component]: AGENT_COMPONENT } };
/** Argo labels its pods so while they run; nobody else may. */
const executors = { matchLabels: { "workflows.argoproj.io/completed": "false" } };

interface Rules {
  podSelector: object;
  ingress?: object[];
  egress?: object[];
}

/** One NetworkPolicy for each pod that takes part in a flow. */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, options?: pulumi.ComponentResourceOptions) {
    const knownCidrs = Array.isArray(args.apiServerCidrs) ? (args.apiServerCidrs as readonly string[]) : [];
    const invalid = knownCidrs.find((cidr) => !/^\d+\.\d+\.\d+\.\d+\/\d+$/.test(cidr));
    if (invalid) throw new Error(`apiServerCidrs: '${invalid}' is not a valid IPv4 range such as 10.0.0.1/32`);
    super("agentic:security:NetworkPolicies", name, {}, options);
    const { namespaces } = args;
    const policy = (
      namespace: pulumi.Input<string>,
      space: string,
      objectName: string,
      rules: Rules,
      reason?: string,
    ) => {
      const policyTypes = [...(rules.ingress ? ["Ingress"] : []), ...(rules.egress ? ["Egress"] : [])];
      new NetworkPolicy(
        `${name}-${space}-${objectName}`,
        { metadata: { name: objectName, namespace, ...declared(reason) }, spec: { ...rules, policyTypes } },
        { parent: this },
      );
    };
    for (const [space, namespace] of Object.entries(namespaces))
      policy(namespace, space, "dns", { ...dnsRules, podSelector: resolvingPods });

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
        egress: [apiServer, ...(reason ? [toInternet([443])] : [])],
      };
      policy(system, NAMESPACES.system, OPERATOR_NAME, rules, reason || undefined);
    }
    const workflows = namespaces[NAMESPACES.argoWorkflows];
    // Everything in that namespace is the engine: controller and server, or the built-in one.
    if (workflows !== undefined)
      policy(workflows, NAMESPACES.argoWorkflows, "engine", {
        podSelector: {},
        egress: [apiServer, ...(args.engine === "argo" ? [toService("postgres"), toService("minio")] : [])],
      });
    const certManager = namespaces[NAMESPACES.certManager];
    if (certManager !== undefined) {
      const { to } = apiServer;
      policy(certManager, NAMESPACES.certManager, "api-server", { podSelector: {}, egress: [apiServer] });
      policy(certManager, NAMESPACES.certManager, "webhook", {
        podSelector: { matchLabels: { "app.kubernetes.io/name": "webhook" } },
        // The API server connects directly, or through a tunnel that ends in kube-system.
        ingress: [
          { from: [konnectivity], ports: [tcp(10250)] },
          { from: to, ports: [tcp(10250)] },
        ],
      });
    }
    this.#services(args, policy);
    for (const { tenant, namespace, ...flows } of args.tenants)
      if (namespace !== undefined)
        for (const { name: objectName, spec, reason } of tenantRules({ ...args, ...flows }))
          policy(namespace, `tenant-${tenant}`, objectName, spec, reason);
    this.registerOutputs({});
  }

  #services(args: NetworkPoliciesArgs, policy: PolicyMaker): void {
    const space = NAMESPACES.sharedServices;
    const namespace = args.namespaces[space];
    if (namespace === undefined) return;
    const fromAgents = { namespaceSelector: inTenants, podSelector: agents };
    const fromExecutors = { namespaceSelector: inTenants, podSelector: executors };
    const fromArgo = { namespaceSelector: inNamespace(NAMESPACES.argoWorkflows) };
    const argo = args.engine === "argo";
    const fromSetup = (part: string) => ({ podSelector: { matchLabels: selector(part) } });
    const more: Record<ServiceName, object[]> = {
      minio: [fromSetup(setups.minio), ...(argo ? [fromExecutors, fromArgo] : [])],
      postgres: [fromSetup(setups.postgres), ...(argo ? [fromArgo] : [])],
      browserless: [],
      litellm: [],
    };
    // Browsers have no egress: agents fetch for them, through their guard of addresses.
    const egress: Partial<Record<ServiceName, object[]>> = {
      litellm: args.gatewayInternet ? [toInternet([443])] : [],
    };
    const reason = args.gatewayInternet ? "the gateway asks the model of the stack's config" : undefined;
    for (const service of args.services) {
      const rules = {
        podSelector: { matchLabels: selector(service) },
        ingress: [{ from: [fromAgents, ...more[service]], ports: [tcp(ports[service])] }],
        ...(egress[service]?.length ? { egress: egress[service] } : {}),
      };
      policy(namespace, space, service, rules, service === "litellm" ? reason : undefined);
    }
    for (const service of ["minio", "postgres"] as const)
      if (args.services.includes(service))
        policy(namespace, space, setups[service], {
          podSelector: { matchLabels: selector(setups[service]) },
          egress: [{ to: [{ podSelector: { matchLabels: selector(service) } }], ports: [tcp(ports[service])] }],
        });
  }
}

type PolicyMaker = (
  namespace: pulumi.Input<string>,
  space: string,
  name: string,
  rules: Rules,
  reason?: string,
) => void;

/** Metadata of a policy that opens the whole internet: why it does. */
export function declared(reason: string | undefined): { annotations?: Record<string, string> } {
  return reason === undefined ? {} : { annotations: { [ANNOTATIONS.internet]: reason } };
}

const dns = {
  to: [{ namespaceSelector: inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
  ports: [{ protocol: "UDP", port: 53 }, tcp(53)],
};

const dnsRules: Rules = { podSelector: {}, egress: [dns] };

/** Label of the resolver of components/tenancy/resolver.ts, and the port of its pods, which need no capability for it. */
export const resolverPart = "resolver";
export const resolverPort = 5353;

/** The name of the browsers' part, which may not resolve names. */
export const browserlessPart = "browserless";

const resolverRules: Rules = {
  podSelector: {},
  egress: [
    {
      to: [
        {
          namespaceSelector: inNamespace(NAMESPACES.sharedServices),
          podSelector: { matchLabels: selector(resolverPart) },
        },
      ],
      ports: [{ protocol: "UDP", port: resolverPort }, tcp(resolverPort)],
    },
  ],
};

/**
 * The platform's own pods that may resolve names: all but the browsers, which have pages and tenants' steps for drivers. A name
 * that is asked for carries data to whoever answers for it.
 */
export const resolvingPods = {
  matchExpressions: [{ key: "app.kubernetes.io/name", operator: "NotIn", values: [browserlessPart] }],
};

/** A policy in a tenant's namespace: its object's name, and why it opens the internet where it does. */
export interface TenantRules {
  name: string;
  spec: Rules & { policyTypes: string[] };
  reason?: string;
  /** Whether it leads to the cluster's DNS, for tenants that ask no resolver of their own. */
  clusterDns?: boolean;
}

/** The policies in a tenant's namespace. */
export function tenantRules(args: TenantFlowsArgs): TenantRules[] {
  const policyTypes = ["Egress"];
  const ownResolver = args.resolver !== undefined;
  const agentRules: Rules = {
    podSelector: agents,
    egress: [
      ...args.services.map(toService),
      ...args.allowedSites.map(toSite),
      ...(args.egressInternet ? [toInternet([80, 443])] : []),
    ],
  };
  // Argo's executor, beside the agent in its pod, reports to the API server; the built-in engine has no such need.
  const executorRules: Rules = {
    podSelector: executors,
    egress: [apiServerFlow(args.apiServerCidrs), toService("minio")],
  };
  return [
    { name: "dns", spec: { ...(ownResolver ? resolverRules : dnsRules), policyTypes } },
    {
      name: "agents",
      spec: { ...agentRules, policyTypes },
      ...(args.egressInternet ? { reason: "the tenant's egressInternet: its agents read public sites" } : {}),
    },
    ...(args.engine === "argo" ? [{ name: "executors", spec: { ...executorRules, policyTypes } }] : []),
    ...(args.more ?? []).filter(({ clusterDns }) => !(clusterDns && ownResolver)),
  ];
}

/** To the API server. */
export function apiServerFlow(cidrs: NetworkPoliciesArgs["apiServerCidrs"]) {
  const to = pulumi.output(cidrs as string[]).apply((list) => list.map((cidr) => ({ ipBlock: { cidr } })));
  return { to, ports: apiServerPorts.map(tcp) };
}

function toService(service: ServiceName) {
  return {
    to: [
      {
        namespaceSelector: inNamespace(NAMESPACES.sharedServices),
        podSelector: { matchLabels: selector(service) },
      },
    ],
    ports: [tcp(ports[service])],
  };
}

function toSite({ namespace, port, pods }: AllowedSite) {
  const peer = { namespaceSelector: inNamespace(namespace), ...(pods ? { podSelector: { matchLabels: pods } } : {}) };
  return { to: [peer], ports: [tcp(port)] };
}

/** To all but private addresses. */
export function toInternet(ports: number[]) {
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: privateCidrs } }], ports: ports.map(tcp) };
}

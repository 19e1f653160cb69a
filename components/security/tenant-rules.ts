// The NetworkPolicies of a tenant's namespace: where its agents may connect to.
import { AGENT_COMPONENT, ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { AllowedSite } from "../tenancy/tenant.ts";
import {
  apiServerFlow,
  type Cidrs,
  type Collector,
  dnsRules,
  type Rules,
  resolverRules,
  type ServiceName,
  toCollector,
  toInternet,
  toService,
  toSite,
} from "./flows.ts";

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
export interface TenantFlowsArgs extends Pick<TenantFlows, "allowedSites" | "egressInternet" | "resolver"> {
  /** Addresses of the API server, as CIDRs. */
  apiServerCidrs: Cidrs;
  /** `argo`: its controller, server and executors are there instead of the built-in engine. */
  engine: "argo" | "builtin";
  /** Parts that run in shared-services. */
  services: readonly ServiceName[];
  /** Whom the agents send their spans to. Absent: nobody. */
  collector?: Collector;
  /** Policies in each tenant's namespace that only this kind of cluster needs. */
  more?: readonly TenantRules[];
}

/** Pods of agents. */
export const agents = { matchLabels: { [LABELS.component]: AGENT_COMPONENT } };
/** Argo labels its pods so while they run; nobody else may. */
export const executors = { matchLabels: { "workflows.argoproj.io/completed": "false" } };

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
      ...(args.collector ? [toCollector(args.collector)] : []),
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

/** Metadata of a policy that opens the whole internet: why it does. */
export function declared(reason: string | undefined): { annotations?: Record<string, string> } {
  return reason === undefined ? {} : { annotations: { [ANNOTATIONS.internet]: reason } };
}

// NetworkPolicies that only GKE needs: its DNS, the metadata server that hands out identities, and Google's APIs.
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { inNamespace, resolvingPods } from "../security/flows.ts";
import { labels } from "../security/labels.ts";
import type { TenantRules } from "../security/tenant-rules.ts";
import { type GoogleApisWay, googleApisCidr, metadataServer } from "./addresses.ts";
import { parseCidr } from "./cidr.ts";

/** Pods of a namespace. */
export interface PodGroup {
  /** Name of the policy. */
  name: string;
  namespace: pulumi.Input<string>;
  /** Name of the same namespace, for the resource's own name. */
  space: string;
  selector: object;
}

export interface PodNetworkArgs {
  googleApis: GoogleApisWay;
  /** The platform's own namespaces, by name; tenants' are {@link tenantPolicies}'s. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  /** Pods that have an identity at Google and use it. */
  identities: readonly PodGroup[];
  /** Pods that use the database outside the cluster, and its range; absent where it is inside. */
  database?: { cidr: string; port: number; clients: readonly PodGroup[] };
  /** Pods whose metrics managed Prometheus reads, with the port. */
  metrics: readonly (PodGroup & { port: number })[];
}

/** Node-local DNS cache and Cloud DNS for GKE: neither is a pod that a selector could name. */
const dnsServers = ["169.254.20.10/32", "169.254.169.254/32"];
/** Namespaces of the collectors of managed Prometheus, on Standard and on Autopilot. */
const collectors = ["gmp-system", "gke-gmp-system"];

/** Egress to destinations that no selector can name. */
export interface Flows {
  googleApis: GoogleApisWay;
  /** The database outside the cluster; absent where it is inside. */
  database?: { cidr: string; port: number };
}

const out = (podSelector: object, egress: object[]) => ({ podSelector, policyTypes: ["Egress"], egress });
const toGoogle = (way: GoogleApisWay) => [
  ...metadataServer,
  { to: [{ ipBlock: { cidr: googleApisCidr[way] } }], ports: [{ protocol: "TCP", port: 443 }] },
];
const toDatabase = ({ cidr, port }: NonNullable<Flows["database"]>) => [
  { to: [{ ipBlock: { cidr } }], ports: [{ protocol: "TCP", port }] },
];
const toDns = [
  {
    to: dnsServers.map((cidr) => ({ ipBlock: { cidr } })),
    ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
  },
];

/** Policies of a tenant's namespace as plain data, for whoever makes it; `identities` are its pods with one, by name. */
export function tenantPolicies(
  { googleApis, database }: Flows,
  { identities, clients }: { identities: Readonly<Record<string, object>>; clients: object },
): TenantRules[] {
  if (database) parseCidr("database.cidr", database.cidr);
  return [
    { name: "gke-dns", spec: out({}, toDns), clusterDns: true },
    ...Object.entries(identities).map(([name, pods]) => ({ name, spec: out(pods, toGoogle(googleApis)) })),
    ...(database ? [{ name: "agents-database", spec: out(clients, toDatabase(database)) }] : []),
  ];
}

/** Flows that go beyond the platform's own, on top of the default deny of each namespace. */
export class PodNetwork extends pulumi.ComponentResource {
  constructor(name: string, args: PodNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    if (args.database) parseCidr("database.cidr", args.database.cidr);
    super("agentic:gcp:PodNetwork", name, {}, options);
    const policy = (group: PodGroup, rules: { egress?: object[]; ingress?: object[] }) =>
      new NetworkPolicy(
        `${name}-${group.space}-${group.name}`,
        {
          metadata: { name: group.name, namespace: group.namespace, labels: labels("gke") },
          spec: {
            podSelector: group.selector,
            policyTypes: rules.egress ? ["Egress"] : ["Ingress"],
            ...rules,
          },
        },
        { parent: this },
      );
    for (const [space, namespace] of Object.entries(args.namespaces))
      policy(
        { name: "gke-dns", namespace, space, selector: resolvingPods },
        {
          egress: toDns,
        },
      );
    for (const group of args.identities) policy(group, { egress: toGoogle(args.googleApis) });
    if (args.database) for (const group of args.database.clients) policy(group, { egress: toDatabase(args.database) });
    for (const { port, ...group } of args.metrics)
      policy(group, {
        ingress: [
          {
            from: collectors.map((collector) => ({
              namespaceSelector: inNamespace(collector),
            })),
            ports: [{ protocol: "TCP", port }],
          },
        ],
      });
    this.registerOutputs({});
  }
}

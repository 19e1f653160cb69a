// The DNS resolver of tenants that may not reach the internet: it answers the cluster's names, and forwards no others but those of
// zones that the cluster's own services need.
import { inTenants } from "@agentic/api/admission.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { checkReplicas, disruptionBudget, placement, type Scheduling } from "../scheduling/placement.ts";
import { checksum } from "../security/checksum.ts";
import { apiServerFlow, resolverPart, resolverPort } from "../security/flows.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, probes, type Resources, restrictedContainer } from "../security/pod.ts";
import { type ClusterAccountArgs, clusterAccount } from "../security/rbac.ts";

export interface ResolverArgs extends Scheduling {
  namespace: pulumi.Input<string>;
  /** Addresses of the API server, as CIDRs. */
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  /** Address of its Service, inside the cluster's range. Default: one that the cluster chooses. */
  address?: string;
  /** Zones outside the cluster that its services need, such as `googleapis.com`: queries for them go to the node's resolver. */
  forwardedZones?: readonly string[];
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
}

const part = resolverPart;
/** The cluster's zones. The resolver reads Services from the API, so it serves these zones even if the cluster's domain is another. */
const clusterDomain = "cluster.local";
const clusterZones = [clusterDomain, "in-addr.arpa", "ip6.arpa"];
const configFolder = "/etc/coredns";
/** CoreDNS' own ports of its plugins `health` and `ready`. */
const diagnosticPorts = { health: 8080, ready: 8181 };

/** CoreDNS with its own Service, which a tenant's network policy allows instead of the cluster's DNS. */
export class Resolver extends pulumi.ComponentResource {
  /** Address of the Service. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: ResolverArgs, options?: pulumi.ComponentResourceOptions) {
    const { namespace, replicas = 1, forwardedZones = [] } = args;
    checkReplicas(replicas);
    super("agentic:tenancy:Resolver", name, {}, options);
    const child = { parent: this };
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const service = new Service(
      name,
      {
        metadata: metadata(part),
        spec: {
          selector: selector(part),
          ports: ["UDP", "TCP"].map((protocol) => ({
            name: portName(protocol),
            protocol,
            port: 53,
            targetPort: resolverPort,
          })),
          ...(args.address === undefined ? {} : { clusterIP: args.address }),
        },
      },
      child,
    );
    const settings = { Corefile: corefile(forwardedZones) };
    const config = new ConfigMap(`${name}-config`, { metadata: metadata(`${part}-config`), data: settings }, child);
    const account = this.#account(name, metadata(part));
    new NetworkPolicy(`${name}-network`, { metadata: metadata(part), spec: network(args) }, child);
    new Deployment(
      name,
      {
        metadata: metadata(part),
        spec: {
          replicas,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum(settings) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.coredns.uid, account: account.metadata.name }),
              // What is forwarded goes to the node's resolver, not to the cluster's.
              dnsPolicy: "Default",
              containers: [container(args)],
              volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
            },
          },
        },
      },
      child,
    );
    disruptionBudget(name, { part, namespace, replicas }, child);
    this.address = service.spec.clusterIP;
    this.registerOutputs({ address: this.address });
  }

  /** Its account, which may read the objects that the cluster's names come from. */
  #account(name: string, metadata: ClusterAccountArgs["metadata"]): ServiceAccount {
    const rules = [
      { apiGroups: [""], resources: ["services", "namespaces"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ];
    return clusterAccount(name, { metadata, role: `agentic-${part}`, rules }, { parent: this });
  }
}

/** Only tenants may query it, and it reads from the API server. The namespace's policy `dns` allows it the node's resolver. */
function network({ apiServerCidrs }: ResolverArgs) {
  return {
    podSelector: { matchLabels: selector(part) },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [{ namespaceSelector: inTenants }],
        ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: resolverPort })),
      },
    ],
    egress: [apiServerFlow(apiServerCidrs)],
  };
}

const portName = (protocol: string) => (protocol === "UDP" ? "dns" : "dns-tcp");

function container({ image, resources }: ResolverArgs) {
  const { health, ready } = diagnosticPorts;
  return {
    ...hardenedContainer({
      name: part,
      image: image ?? images.coredns.ref,
      args: ["-conf", `${configFolder}/Corefile`],
      ports: [
        ...["UDP", "TCP"].map((protocol) => ({ name: portName(protocol), containerPort: resolverPort, protocol })),
        { name: "metrics", containerPort: images.coredns.ports.metrics, protocol: "TCP" },
      ],
      resources: resources ?? { requests: { cpu: "20m", memory: "48Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
      ...probes(
        { httpGet: { path: "/ready", port: ready } },
        { startSeconds: 60, live: { httpGet: { path: "/health", port: health } } },
      ),
      volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }],
    }),
    // Upstream's program has this file capability and doesn't start without it, though here it listens on no port below 1024.
    securityContext: { ...restrictedContainer, capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } },
  };
}

/** CoreDNS' configuration. Every other name is answered as nonexistent, without a query to another server. */
export function corefile(forwardedZones: readonly string[]): string {
  const server = (zones: readonly string[], plugins: readonly string[]) =>
    `${zones.map((zone) => `${zone}:${resolverPort}`).join(" ")} {\n${plugins.map((line) => `    ${line}\n`).join("")}}\n`;
  return [
    server(clusterZones, [
      "errors",
      "health",
      "ready",
      `prometheus :${images.coredns.ports.metrics}`,
      `kubernetes ${clusterZones.join(" ")}`,
      "cache 30",
      "loadbalance",
    ]),
    ...(forwardedZones.length > 0
      ? [server(forwardedZones, ["errors", "forward . /etc/resolv.conf", "cache 30"])]
      : []),
    server(["."], ["errors", "template ANY ANY {", "    rcode NXDOMAIN", "}"]),
  ].join("");
}

/** Pod fields by which a tenant's pods query this resolver and no other, with Kubernetes' usual search path. */
export function podDns(address: pulumi.Input<string>, namespace: pulumi.Input<string>) {
  return {
    dnsPolicy: "None",
    dnsConfig: {
      nameservers: [address],
      searches: [pulumi.interpolate`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain],
      options: [{ name: "ndots", value: "5" }],
    },
  };
}

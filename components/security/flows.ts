// The ends of the platform's data flows, as rules of NetworkPolicies.
import { PRIVATE_IPV4, SPECIAL_IPV4 } from "@agentic/api/addresses.ts";
import { NAMESPACES } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import type { AllowedSite } from "../tenancy/tenant.ts";
import { selector } from "./labels.ts";

export type ServiceName = "minio" | "postgres" | "browserless" | "litellm";

/** Port of each service's pods. */
export const servicePorts: Record<ServiceName, number> = {
  minio: images.minio.ports.s3,
  postgres: images.postgres.ports.postgres,
  browserless: images.browserless.ports.http,
  litellm: images.litellm.ports.http,
};

/** Ports that the API server may listen on behind its Service. */
export const apiServerPorts = [443, 6443];

/** Ranges that aren't part of the internet. */
const privateCidrs = [...PRIVATE_IPV4, ...SPECIAL_IPV4];

export const tcp = (port: number) => ({ protocol: "TCP", port });
export const inNamespace = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
/** Addresses of the API server. */
export type Cidrs = readonly string[] | pulumi.Output<string[]>;

/** What a NetworkPolicy says, without its types. */
export interface Rules {
  podSelector: object;
  ingress?: object[];
  egress?: object[];
}

const dns = {
  to: [{ namespaceSelector: inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
  ports: [{ protocol: "UDP", port: 53 }, tcp(53)],
};

/** Pods may ask the cluster's DNS. */
export const dnsRules: Rules = { podSelector: {}, egress: [dns] };

/** Label of the resolver of components/tenancy/resolver.ts, and the port of its pods, which need no capability for it. */
export const resolverPart = "resolver";
export const resolverPort = 5353;

/** The name of the browsers' part, which may not resolve names. */
export const browserlessPart = "browserless";

/** Pods may ask the tenants' resolver, which knows no names outside. */
export const resolverRules: Rules = {
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

/** To the API server. */
export function apiServerFlow(cidrs: Cidrs) {
  const to = pulumi.output(cidrs as string[]).apply((list) => list.map((cidr) => ({ ipBlock: { cidr } })));
  return { to, ports: apiServerPorts.map(tcp) };
}

/** To a service of the platform. */
export function toService(service: ServiceName) {
  return {
    to: [
      {
        namespaceSelector: inNamespace(NAMESPACES.sharedServices),
        podSelector: { matchLabels: selector(service) },
      },
    ],
    ports: [tcp(servicePorts[service])],
  };
}

/** Who takes the spans of workloads, by OTLP over HTTP. */
export interface Collector {
  /** Base URL, such as `https://jaeger.observability:4318`. */
  url: string;
  /** Name of its namespace. */
  namespace: string;
  /** Labels of its pods. Absent: all pods of the namespace. */
  pods?: Readonly<Record<string, string>>;
}

/** Whether it is the platform's own, which has a certificate of the platform's authority where it has one. */
export function isOwnCollector(url: string | undefined): boolean {
  return url !== undefined && new URL(url).hostname.endsWith(`.${NAMESPACES.observability}`);
}

/** To the collector of spans. */
export function toCollector({ url, namespace, pods }: Collector) {
  const { port, protocol } = new URL(url);
  return toSite({ namespace, host: "", port: Number(port || (protocol === "https:" ? 443 : 80)), pods });
}

/** To a site in the cluster. */
export function toSite({ namespace, port, pods }: AllowedSite) {
  const peer = { namespaceSelector: inNamespace(namespace), ...(pods ? { podSelector: { matchLabels: pods } } : {}) };
  return { to: [peer], ports: [tcp(port)] };
}

/** To all but private addresses. */
export function toInternet(ports: number[]) {
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: privateCidrs } }], ports: ports.map(tcp) };
}

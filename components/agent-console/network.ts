// Who reaches the console, and whom it reaches.
import { CONSOLE_NAME, CONSOLE_PORT } from "@agentic/api/console.ts";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import {
  apiServerFlow,
  type Cidrs,
  type Collector,
  inNamespace,
  tcp,
  toCollector,
  toInternet,
  toService,
} from "../security/flows.ts";
import { labels, selector } from "../security/labels.ts";
import { declared } from "../security/tenant-rules.ts";

/** What the console's traffic depends on. */
export interface ConsoleFlows {
  namespace: pulumi.Input<string>;
  apiServerCidrs: Cidrs;
  /** Namespaces whose pods may reach it, such as an ingress controller's. Default none: by a forwarded port alone. */
  from?: readonly string[];
  /** Whether artifacts are in MinIO. */
  minio: boolean;
  /** Who signs people in, and where that is if not on the internet. */
  oidc?: { issuer: string; cidrs?: readonly string[] };
  collector?: Collector;
}

/** Registers the console's NetworkPolicy; nobody but who is named comes in. */
export function consoleNetwork(
  name: string,
  { namespace, apiServerCidrs, from = [], minio, oidc, collector }: ConsoleFlows,
  options: pulumi.CustomResourceOptions,
): NetworkPolicy {
  const isOpen = oidc !== undefined && oidc.cidrs === undefined;
  return new NetworkPolicy(
    `${name}-network`,
    {
      metadata: {
        name: CONSOLE_NAME,
        namespace,
        labels: labels(CONSOLE_NAME),
        ...declared(isOpen ? "people sign in by the issuer of the stack's config" : undefined),
      },
      spec: {
        podSelector: { matchLabels: selector(CONSOLE_NAME) },
        policyTypes: ["Ingress", "Egress"],
        ingress:
          from.length > 0
            ? [{ from: from.map((space) => ({ namespaceSelector: inNamespace(space) })), ports: [tcp(CONSOLE_PORT)] }]
            : [],
        egress: [
          apiServerFlow(apiServerCidrs),
          ...(minio ? [toService("minio")] : []),
          ...(collector ? [toCollector(collector)] : []),
          ...(oidc ? [toIssuer(oidc)] : []),
        ],
      },
    },
    options,
  );
}

function toIssuer({ issuer, cidrs }: NonNullable<ConsoleFlows["oidc"]>) {
  const port = Number(new URL(issuer).port || 443);
  return cidrs ? { to: cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [tcp(port)] } : toInternet([port]);
}

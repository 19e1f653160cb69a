// Addresses of the API server for network policies, from the endpoints of its Service.
import { Endpoints } from "@pulumi/kubernetes/core/v1/endpoints.js";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { getFromCluster } from "./kubernetes-api.ts";

type Subsets = { addresses?: { ip: string }[] }[] | undefined;

/** CIDRs of the API server of the platform's cluster. `kubeconfig` is that of a cluster that the stack itself creates. */
export function apiServerCidrs(provider: Provider, kubeconfig?: pulumi.Output<string>): pulumi.Output<string[]> {
  if (kubeconfig) return ownApiServerCidrs(kubeconfig);
  const endpoints = Endpoints.get("api-server", "default/kubernetes", { provider });
  return endpoints.subsets.apply(cidrsOf);
}

/**
 * CIDRs of the API server of a cluster that the stack creates. A resource that is only read is never deleted: in the state it
 * would outlive the provider of a cluster that is replaced, and Pulumi takes such a state for corrupt. So this asks the cluster
 * directly.
 */
export function ownApiServerCidrs(kubeconfig: pulumi.Output<string>): pulumi.Output<string[]> {
  const cidrs = kubeconfig.apply(async (content) => {
    const path = "/api/v1/namespaces/default/endpoints/kubernetes";
    const { subsets } = await getFromCluster<{ subsets: Subsets }>({ kubeconfig: content }, path);
    return cidrsOf(subsets);
  });
  // The kubeconfig is a secret, the address isn't.
  return pulumi.unsecret(cidrs);
}

/** The endpoints' addresses as /32 CIDRs. Throws where there are none. */
export function cidrsOf(subsets: Subsets): string[] {
  const ips = subsets?.flatMap(({ addresses }) => addresses?.map(({ ip }) => ip) ?? []) ?? [];
  if (ips.length === 0) throw new Error("the cluster doesn't say where its API server is: set cluster.apiServerCidrs");
  return ips.map((ip) => `${ip}/32`);
}

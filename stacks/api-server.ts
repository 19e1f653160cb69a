// Where the API server's Service leads, as the cluster itself says: addresses for network policies.
import { Endpoints } from "@pulumi/kubernetes/core/v1/endpoints.js";
import type { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { getFromCluster } from "./kubernetes-api.ts";

type Subsets = { addresses?: { ip: string }[] }[] | undefined;

/** Of the platform's cluster; `kubeconfig` is given where the stack itself makes it. */
export function apiServerCidrs(provider: Provider, kubeconfig?: pulumi.Output<string>): pulumi.Output<string[]> {
  if (kubeconfig) return ownApiServerCidrs(kubeconfig);
  const endpoints = Endpoints.get("api-server", "default/kubernetes", { provider });
  return endpoints.subsets.apply(cidrsOf);
}

/**
 * Of a cluster that the stack makes. What is only read isn't deleted: in the state it would outlive the provider of a cluster
 * that another one replaces, and Pulumi takes a state with such a resource for a broken one. So it is asked outside of the state.
 */
export function ownApiServerCidrs(kubeconfig: pulumi.Output<string>): pulumi.Output<string[]> {
  const asked = kubeconfig.apply(async (content) => {
    const path = "/api/v1/namespaces/default/endpoints/kubernetes";
    const { subsets } = (await getFromCluster({ kubeconfig: content }, path)) as { subsets: Subsets };
    return cidrsOf(subsets);
  });
  // The kubeconfig is a secret, the address isn't.
  return pulumi.unsecret(asked);
}

/** Of the endpoints of its Service. Throws where there are none. */
export function cidrsOf(subsets: Subsets): string[] {
  const ips = subsets?.flatMap(({ addresses }) => addresses?.map(({ ip }) => ip) ?? []) ?? [];
  if (ips.length === 0) throw new Error("the cluster doesn't say where its API server is: set cluster.apiServerCidrs");
  return ips.map((ip) => `${ip}/32`);
}

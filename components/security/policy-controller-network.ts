// Who may talk to the policy controller and whom it may ask, on top of its namespace's default deny.
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { apiServerPorts, inNamespace, toInternet } from "./flows.ts";
import { selector } from "./labels.ts";
import { declared } from "./tenant-rules.ts";

/** Where the controller is, and whom it may ask. */
export interface PolicyControllerPeers {
  namespace: pulumi.Input<string>;
  /** Addresses of the API server, as CIDRs. */
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  /** Registries in the cluster that it asks for signatures, by namespace and part. Default none. */
  registries?: readonly { namespace: string; part: string; port: number }[];
  /** Whether it may ask registries and Sigstore's services on the internet. Default true. */
  internet?: boolean;
}

export interface PolicyControllerNetworkArgs extends PolicyControllerPeers {
  part: string;
  /** The webhook's. */
  port: number;
}

/** In: the API server. Out: the API server, the registries, and the internet where that is allowed. */
export class PolicyControllerNetwork extends pulumi.ComponentResource {
  constructor(name: string, args: PolicyControllerNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:security:PolicyControllerNetwork", name, {}, options);
    const { namespace, part, port, registries = [], internet = true } = args;
    const apiServer = pulumi
      .output(args.apiServerCidrs as string[])
      .apply((list) => list.map((cidr) => ({ ipBlock: { cidr } })));
    // API servers of managed clusters connect through an agent in this namespace.
    const tunnel = { namespaceSelector: inNamespace("kube-system") };
    const reason = "signatures and roots of trust are asked of registries and of Sigstore's services";
    new NetworkPolicy(
      name,
      {
        metadata: { name: part, namespace, ...declared(internet ? reason : undefined) },
        spec: {
          podSelector: { matchLabels: selector(part) },
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ from: apiServer.apply((from) => [...from, tunnel] as object[]), ports: [tcp(port)] }],
          egress: [
            { to: apiServer, ports: apiServerPorts.map(tcp) },
            ...registries.map((registry) => ({
              to: [
                {
                  namespaceSelector: inNamespace(registry.namespace),
                  podSelector: { matchLabels: selector(registry.part) },
                },
              ],
              ports: [tcp(registry.port)],
            })),
            ...(internet ? [toInternet([443])] : []),
          ],
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function tcp(port: number) {
  return { protocol: "TCP", port };
}

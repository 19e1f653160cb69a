// The ways into a local cluster from this machine: what listens behind the ports that lead to its node.
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { labels, selector } from "../../security/labels.ts";

/** A way in to the pods of one part. */
export interface Door {
  namespace: pulumi.Input<string>;
  /** Name of the same namespace, for the resource's own name. */
  space: string;
  /** Part whose pods it leads to, such as `minio`. */
  part: string;
  /** The port that these pods listen on. */
  port: number;
  /** The node's port (30000–32767). */
  nodePort: number;
}

export interface LocalAccessArgs {
  /** At most one in a namespace. */
  doors: readonly Door[];
  /** What lets the namespaces have NodePorts: Kubernetes refuses them before. */
  quotas: pulumi.Resource;
}

/** Name of the Service and of the NetworkPolicy in each namespace. */
const objectName = "local-access";

/**
 * The addresses that connections from this machine come from: a port that Docker maps is entered by way of the gateway of the
 * node's network, and Docker takes its networks out of these two ranges; Docker Desktop's own is in the second. Which network
 * it will be is known only after the cluster is made. Pods and Services of kind and k3s are in 10.0.0.0/8: none of them is let
 * in by this.
 */
const dockerCidrs = ["172.16.0.0/12", "192.168.0.0/16"];

/** A Service of type NodePort for each door, and a NetworkPolicy that lets this machine in, to that one port. */
export class LocalAccess extends pulumi.ComponentResource {
  constructor(name: string, args: LocalAccessArgs, options?: pulumi.ComponentResourceOptions) {
    const spaces = args.doors.map(({ space }) => space);
    const twice = spaces.find((space, i) => spaces.indexOf(space) !== i);
    if (twice) throw new Error(`doors: ${twice} has two, and their objects would have one name: give it one`);
    super("agentic:cluster:LocalAccess", name, {}, options);
    for (const { namespace, space, part, port, nodePort } of args.doors) {
      const metadata = { name: objectName, namespace, labels: labels(part) };
      new NetworkPolicy(
        `${name}-${space}`,
        {
          metadata,
          spec: {
            podSelector: { matchLabels: selector(part) },
            policyTypes: ["Ingress"],
            ingress: [{ from: dockerCidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ protocol: "TCP", port }] }],
          },
        },
        { parent: this },
      );
      new Service(
        `${name}-${space}`,
        {
          metadata,
          spec: {
            type: "NodePort",
            // Addresses stay what they are. By Cluster, kube-proxy puts the node's in their place, for pods that come by the
            // node's port too, and no policy could tell this machine from them. There is one node: its pods are all local.
            externalTrafficPolicy: "Local",
            selector: selector(part),
            ports: [{ name: "local", port, targetPort: port, nodePort }],
          },
        },
        { parent: this, dependsOn: args.quotas },
      );
    }
    this.registerOutputs({});
  }
}

// Firewall rules of the nodes and pods: the network's own traffic, Google's APIs, the web by NAT, and nothing else.
import { Firewall } from "@pulumi/gcp/compute/firewall.js";
import * as pulumi from "@pulumi/pulumi";
import { type GoogleApisWay, googleApisCidr, loadBalancers } from "./addresses.ts";
import { checkDisjoint } from "./cidr.ts";
import type { Ranges } from "./ranges.ts";
import { checkScope, type GcpScope } from "./scope.ts";

export interface NodeFirewallArgs extends GcpScope {
  network: pulumi.Input<string>;
  ranges: Ranges;
  googleApis: GoogleApisWay;
  /** Whether nodes may open HTTP and HTTPS connections to the internet. Default true. */
  nat?: boolean;
  /** Ports of pods behind a Gateway, which Google's load balancers reach. Default none. */
  exposedPorts?: readonly number[];
}

interface Rule {
  direction: "INGRESS" | "EGRESS";
  priority: number;
  ranges: string[];
  allow?: { protocol: string; ports?: string[] }[];
  reason: string;
}

/**
 * Rules of the VPC. GKE adds rules for nodes, pods and its control plane with priorities up to 1000. These come after them, and
 * before Google's implied rule that allows all egress.
 */
export class NodeFirewall extends pulumi.ComponentResource {
  constructor(name: string, args: NodeFirewallArgs, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    const { nodes, pods, services, controlPlane, managedServices } = args.ranges;
    checkDisjoint({ "ranges.nodes": nodes, "ranges.pods": pods });
    super("agentic:gcp:NodeFirewall", name, {}, options);
    const all = [{ protocol: "all" }];
    const rules: Record<string, Rule> = {
      "allow-internal-out": {
        direction: "EGRESS",
        priority: 2000,
        ranges: [nodes, pods, services, controlPlane, managedServices],
        allow: all,
        reason: "Nodes, pods, the control plane and managed services of this network",
      },
      "allow-google-apis-out": {
        direction: "EGRESS",
        priority: 2000,
        ranges: [googleApisCidr[args.googleApis]],
        allow: [{ protocol: "tcp", ports: ["443"] }],
        reason: "Google's APIs by their private addresses",
      },
      ...(args.nat === false
        ? {}
        : {
            "allow-web-out": {
              direction: "EGRESS",
              priority: 3000,
              ranges: ["0.0.0.0/0"],
              allow: [{ protocol: "tcp", ports: ["80", "443"] }],
              reason: "Images and public sites by NAT; NetworkPolicies say which pods may",
            } satisfies Rule,
          }),
      "deny-all-out": { direction: "EGRESS", priority: 65_000, ranges: ["0.0.0.0/0"], reason: "Everything else" },
      ...(args.exposedPorts?.length
        ? {
            "allow-load-balancers-in": {
              direction: "INGRESS",
              priority: 2000,
              ranges: loadBalancers,
              allow: [{ protocol: "tcp", ports: args.exposedPorts.map(String) }],
              reason: "Google's load balancers, for what a Gateway exposes",
            } satisfies Rule,
          }
        : {}),
      "deny-all-in": { direction: "INGRESS", priority: 65_000, ranges: ["0.0.0.0/0"], reason: "Everything else" },
    };
    for (const [short, rule] of Object.entries(rules))
      new Firewall(
        `${name}-${short}`,
        {
          project: args.project,
          name: `${args.name}-${short}`,
          network: args.network,
          description: rule.reason,
          direction: rule.direction,
          priority: rule.priority,
          ...(rule.direction === "INGRESS" ? { sourceRanges: rule.ranges } : { destinationRanges: rule.ranges }),
          ...(rule.allow ? { allows: rule.allow } : { denies: all }),
          logConfig: { metadata: "INCLUDE_ALL_METADATA" },
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}

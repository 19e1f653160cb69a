// The network of the platform: nodes without public addresses, private access to Google's APIs, and NAT where it is wanted.
import { GlobalAddress } from "@pulumi/gcp/compute/globalAddress.js";
import { Network as Vpc } from "@pulumi/gcp/compute/network.js";
import { Router } from "@pulumi/gcp/compute/router.js";
import { RouterNat } from "@pulumi/gcp/compute/routerNat.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import { Connection } from "@pulumi/gcp/servicenetworking/connection.js";
import * as pulumi from "@pulumi/pulumi";
import type { GoogleApisWay } from "./addresses.ts";
import { checkDisjoint, prefixLength } from "./cidr.ts";
import { NodeFirewall } from "./firewall.ts";
import { GoogleApisZone } from "./google-apis.ts";
import { defaultRanges, type Ranges, secondaryRanges } from "./ranges.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface NetworkArgs extends GcpScope {
  /** Those that differ from {@link defaultRanges}. */
  ranges?: Partial<Ranges>;
  /** Whether nodes reach the internet by NAT, for images and public sites. Default true. */
  nat?: boolean;
  /** How Google's APIs are reached. Default `private`; `restricted` within a service perimeter. */
  googleApis?: GoogleApisWay;
  /** Whether managed services, such as the database, get addresses in the network. Default true. */
  managedServices?: boolean;
  /** Share of flows in the flow log, 0 to 1; 0 switches it off. Default 0.5. */
  flowLogs?: number;
  /** Ports of pods behind a Gateway. Default none. */
  exposedPorts?: readonly number[];
}

/** A VPC of its own with one subnet, its NAT, its firewall, and private ways to Google's APIs and managed services. */
export class Network extends pulumi.ComponentResource {
  readonly ranges: Ranges;
  readonly network: pulumi.Output<string>;
  readonly subnetwork: pulumi.Output<string>;
  /** Subnet of the API server's internal address. */
  readonly controlPlaneSubnetwork: pulumi.Output<string>;
  /** What a managed service with an address in the network depends on; absent where there are none. */
  readonly managedServices: pulumi.Resource | undefined;

  constructor(name: string, args: NetworkArgs, options?: pulumi.ComponentResourceOptions) {
    const { nat = true, googleApis = "private", managedServices = true, flowLogs = 0.5 } = args;
    checkScope(args);
    const ranges = { ...defaultRanges, ...args.ranges };
    checkDisjoint(Object.fromEntries(Object.entries(ranges).map(([key, range]) => [`ranges.${key}`, range])));
    for (const [key, longest] of Object.entries({
      nodes: 26,
      pods: 21,
      services: 24,
      controlPlane: 28,
      managedServices: 24,
    }))
      if (prefixLength(ranges[key as keyof Ranges]) > longest)
        throw new Error(`ranges.${key}: ${ranges[key as keyof Ranges]} is too small: at least a /${longest}`);
    if (!(flowLogs >= 0 && flowLogs <= 1)) throw new Error(`flowLogs: ${flowLogs} is not a share from 0 to 1`);
    super("agentic:gcp:Network", name, {}, options);
    const child = { parent: this };
    const { project, region } = args;
    const vpc = new Vpc(
      name,
      {
        project,
        name: args.name,
        description: "The agentic platform's own network",
        autoCreateSubnetworks: false,
        routingMode: "REGIONAL",
      },
      child,
    );
    const logConfig = {
      aggregationInterval: "INTERVAL_5_SEC",
      flowSampling: flowLogs,
      metadata: "INCLUDE_ALL_METADATA",
    };
    const logs = flowLogs > 0 ? { logConfig } : {};
    const subnet = new Subnetwork(
      name,
      {
        project,
        region,
        name: `${args.name}-nodes`,
        network: vpc.id,
        ipCidrRange: ranges.nodes,
        secondaryIpRanges: [
          { rangeName: secondaryRanges.pods, ipCidrRange: ranges.pods },
          { rangeName: secondaryRanges.services, ipCidrRange: ranges.services },
        ],
        privateIpGoogleAccess: true,
        ...logs,
      },
      child,
    );
    const controlPlane = new Subnetwork(
      `${name}-control-plane`,
      {
        project,
        region,
        name: `${args.name}-control-plane`,
        network: vpc.id,
        ipCidrRange: ranges.controlPlane,
        privateIpGoogleAccess: true,
        ...logs,
      },
      child,
    );
    if (nat) this.#nat(name, args, vpc, subnet);
    new GoogleApisZone(`${name}-google-apis`, { ...args, network: vpc.id, way: googleApis }, child);
    new NodeFirewall(`${name}-firewall`, { ...args, network: vpc.id, ranges, googleApis }, child);
    if (managedServices) this.managedServices = this.#managedServices(name, args, vpc, ranges.managedServices);
    this.ranges = ranges;
    this.network = vpc.id;
    this.subnetwork = subnet.id;
    this.controlPlaneSubnetwork = controlPlane.id;
    this.registerOutputs({ network: this.network, subnetwork: this.subnetwork });
  }

  #nat(name: string, { project, region, name: prefix }: NetworkArgs, vpc: Vpc, subnet: Subnetwork): void {
    const child = { parent: this };
    const router = new Router(name, { project, region, name: prefix, network: vpc.id }, child);
    new RouterNat(
      name,
      {
        project,
        region,
        name: prefix,
        router: router.name,
        natIpAllocateOption: "AUTO_ONLY",
        sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
        subnetworks: [{ name: subnet.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
        // Browsers open many connections to one site: ports on demand keep nodes from running out of them.
        enableDynamicPortAllocation: true,
        enableEndpointIndependentMapping: false,
        minPortsPerVm: 64,
        maxPortsPerVm: 4096,
        logConfig: { enable: true, filter: "ERRORS_ONLY" },
      },
      child,
    );
  }

  #managedServices(name: string, args: NetworkArgs, vpc: Vpc, range: string): Connection {
    const child = { parent: this };
    const reserved = new GlobalAddress(
      `${name}-managed-services`,
      {
        project: args.project,
        name: `${args.name}-managed-services`,
        purpose: "VPC_PEERING",
        addressType: "INTERNAL",
        address: range.split("/")[0],
        prefixLength: prefixLength(range),
        network: vpc.id,
        labels: gcpLabels(args),
      },
      child,
    );
    return new Connection(
      `${name}-managed-services`,
      {
        network: vpc.id,
        service: "servicenetworking.googleapis.com",
        reservedPeeringRanges: [reserved.name],
        // Google keeps its end of the peering for days after the last database is deleted; our end is deleted with the network.
        deletionPolicy: "ABANDON",
        updateOnCreationFail: true,
      },
      child,
    );
  }
}

// What policy own-network lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { ownNetwork } from "./own-network.ts";

const ipAllocationPolicy = { clusterSecondaryRangeName: "pods", servicesSecondaryRangeName: "services" };
const cluster = (props: object) =>
  gcp("container/cluster:Cluster", { network: "n", subnetwork: "s", ipAllocationPolicy, ...props });
const network = (autoCreateSubnetworks?: boolean) => gcp("compute/network:Network", { autoCreateSubnetworks });

table(ownNetwork, {
  passes: {
    "a network of its own": network(false),
    "a cluster in it": cluster({}),
    "ranges by their addresses": cluster({
      ipAllocationPolicy: { clusterIpv4CidrBlock: "10.64.0.0/14", servicesIpv4CidrBlock: "10.32.0.0/20" },
    }),
  },
  violates: {
    "subnets everywhere": [network(), "autoCreateSubnetworks"],
    "the default network": [cluster({ network: "default" }), "network: the project's default network"],
    "no ranges": [cluster({ ipAllocationPolicy: {} }), "clusterSecondaryRangeName", "servicesSecondaryRangeName"],
  },
});

// A cluster stands in a network that was made for it.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { isText } from "../../values.ts";

export const ownNetwork = gcpRule(
  ["gcp:compute/network:Network", cluster],
  {
    name: "own-network",
    severity: "medium",
    description:
      "Networks have only the subnets that were asked for, and clusters are in none of them by default, with ranges for pods and services.",
    remedy:
      "Set autoCreateSubnetworks to false; name the cluster's network, subnetwork and the ranges in ipAllocationPolicy.",
  },
  (props, report, { args }) => {
    if (args.type !== cluster) {
      if (props.autoCreateSubnetworks !== false)
        report("autoCreateSubnetworks", "every region gets a subnet, with ranges that nobody chose", "set false");
      return;
    }
    for (const name of ["network", "subnetwork"])
      if (!isText(props[name]) || props[name] === "default")
        report(name, "the project's default network lets everything in from inside", "name one of the cluster's own");
    const ranges = block(props.ipAllocationPolicy);
    for (const [what, block4] of Object.entries({
      clusterSecondaryRangeName: "clusterIpv4CidrBlock",
      servicesSecondaryRangeName: "servicesIpv4CidrBlock",
    }))
      if (!isText(ranges[what]) && !isText(ranges[block4]))
        report(
          `ipAllocationPolicy.${what}`,
          "the range is Google's choice, and may overlap another",
          "name a secondary range of the subnet",
        );
  },
);

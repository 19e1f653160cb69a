// Clusters must use a network created for them.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { each, some } from "../../unknown.ts";
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
    each(["network", "subnetwork"], (name) => {
      const given = props[name];
      if (!isText(given) || /^(.*\/)?default$/.test(given))
        report(name, "the project's default network lets everything in from inside", "name one of the cluster's own");
    });
    const ranges = () => block(props.ipAllocationPolicy);
    each(
      Object.entries({
        clusterSecondaryRangeName: "clusterIpv4CidrBlock",
        servicesSecondaryRangeName: "servicesIpv4CidrBlock",
      }),
      (names) => {
        if (!some(names, (name) => isText(ranges()[name])))
          report(
            `ipAllocationPolicy.${names[0]}`,
            "the range is Google's choice, and may overlap another",
            "name a secondary range of the subnet",
          );
      },
    );
  },
);

// Clusters must use a network created for them.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { each, some } from "../../unknown.ts";
import { isText } from "../../values.ts";

export const ownNetwork = gcpRule({
  name: "own-network",
  types: ["gcp:compute/network:Network", cluster],
  severity: "medium",
  description:
    "Networks have only subnets that the program defines, and clusters name their network, subnet, and ranges for pods and services.",
  remedy:
    "Set autoCreateSubnetworks to false; name the cluster's network, subnetwork and the ranges in ipAllocationPolicy.",
  check: (props, report, { args }) => {
    if (args.type !== cluster) {
      if (props.autoCreateSubnetworks !== false)
        report("autoCreateSubnetworks", "every region gets a subnet with a preset range", "set false");
      return;
    }
    each(["network", "subnetwork"], (name) => {
      const setting = props[name];
      if (!isText(setting) || /^(.*\/)?default$/.test(setting))
        report(name, "the project's default network allows all internal traffic", "name a network for this cluster");
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
            "Google chooses the range, which may overlap another",
            "name a secondary range of the subnet",
          );
      },
    );
  },
});

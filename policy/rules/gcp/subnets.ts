// Subnets must have Private Google Access and flow logs.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { allOf, independently } from "../../unknown.ts";

const special = new Set(["REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "PRIVATE_SERVICE_CONNECT", "PRIVATE_NAT"]);

export const subnets = gcpRule({
  name: "subnet-private-access",
  types: ["gcp:compute/subnetwork:Subnetwork"],
  severity: "medium",
  description: "Subnets have Private Google Access and flow logs.",
  remedy: "Set privateIpGoogleAccess to true and give logConfig.",
  check: (props, report) => {
    const isSpecial = () => special.has(String(props.purpose));
    independently(
      () => {
        if (
          allOf(
            () => props.privateIpGoogleAccess !== true,
            () => !isSpecial(),
          )
        )
          report("privateIpGoogleAccess", "nodes without public addresses can't reach Google's services", "set true");
      },
      () => {
        if (
          allOf(
            () => Object.keys(block(props.logConfig)).length === 0,
            () => !isSpecial(),
          )
        )
          report("logConfig", "connections are not logged", "give it an interval and a sampling");
      },
    );
  },
});

// What policy subnet-private-access lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { subnets } from "./subnets.ts";

const subnet = (props: object) => gcp("compute/subnetwork:Subnetwork", { ...props });

table(subnets, {
  passes: {
    both: subnet({ privateIpGoogleAccess: true, logConfig: { flowSampling: 0.5 } }),
    "a load balancer's": subnet({ purpose: "REGIONAL_MANAGED_PROXY" }),
  },
  violates: { neither: [subnet({}), "privateIpGoogleAccess", "logConfig"] },
});

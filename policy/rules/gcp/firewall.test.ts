// What policy firewall-open lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { firewall } from "./firewall.ts";

const allows = [{ protocol: "tcp", ports: ["443"] }];
const rule = (props: object) => gcp("compute/firewall:Firewall", { allows, ...props });

table(firewall, {
  passes: {
    "a range": rule({ sourceRanges: ["10.0.0.0/8"] }),
    "a refusal": gcp("compute/firewall:Firewall", { denies: [{ protocol: "all" }], sourceRanges: ["0.0.0.0/0"] }),
    "the way out": rule({ direction: "EGRESS", destinationRanges: ["0.0.0.0/0"] }),
  },
  violates: {
    everybody: [rule({ sourceRanges: ["10.0.0.0/8", "0.0.0.0/0"] }), "sourceRanges[1]"],
    "everybody, in quarters": [
      rule({ sourceRanges: ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"] }),
      "sourceRanges: its ranges together are the whole internet",
    ],
    "every port": [rule({ sourceRanges: ["10.0.0.0/8"], allows: [{ protocol: "tcp" }] }), "allows[0].ports"],
  },
});

// What policy network-world lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { world } from "./world.ts";

const to = (...blocks: (string | object)[]) => ({
  to: blocks.map((block) => ({ ipBlock: typeof block === "string" ? { cidr: block } : block })),
});
const egress = (...rules: object[]) => object("NetworkPolicy", { spec: { egress: rules } });
const quarters = ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"];
const open = (cidr: string) => ({ spec: { egress: [{ to: [{ podSelector: {} }, { ipBlock: { cidr } }] }] } });
const declared = { metadata: { name: "one", annotations: { "agentic.io/internet": "agents read public sites" } } };

table(world, {
  passes: {
    "a range": object("NetworkPolicy", open("10.0.0.0/8")),
    "the internet, declared": object("NetworkPolicy", { ...open("0.0.0.0/0"), ...declared }),
    "ranges that are far from all": egress(to("8.8.8.0/24", "1.0.0.0/8", "2a00:1450::/32", "fc00::/7")),
    "what is left of all is little": egress(to({ cidr: "0.0.0.0/0", except: ["0.0.0.0/1", "128.0.0.0/2"] })),
    "what is left of all is nothing": egress(to({ cidr: "0.0.0.0/0", except: ["0.0.0.0/0"] })),
    "rules of a side for which it is not in effect": object("NetworkPolicy", {
      spec: { policyTypes: ["Ingress"], egress: [to("0.0.0.0/0")] },
    }),
  },
  violates: {
    "the internet": [object("NetworkPolicy", open("0.0.0.0/0")), "egress[0].to[1].ipBlock.cidr"],
    "the internet but for some of it": [
      egress(to({ cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "8.8.8.8/32"] })),
      "egress[0].to[0].ipBlock.cidr",
    ],
    "each half": [egress(to("0.0.0.0/1", "128.0.0.0/1")), "to[0].ipBlock.cidr", "to[1].ipBlock.cidr"],
    "its quarters": [egress(to(...quarters)), "spec.egress: its ranges together are the whole internet"],
    "its quarters, one a rule": [egress(...quarters.map((cidr) => to(cidr))), "spec.egress: its ranges together"],
    "what IPv6 has of it": [egress(to("2000::/3")), "2000::/3 is the whole internet"],
    "what IPv6 has of it, in parts": [egress(to("2000::/5", "2800::/5", "3000::/4")), "3000::/4", "spec.egress"],
    "IPv4 by way of IPv6": [egress(to("64:ff9b::/96")), "64:ff9b::/96 is the whole internet"],
    "from the internet": [
      object("NetworkPolicy", { spec: { ingress: [{ from: [{ ipBlock: { cidr: "::/0" } }] }] } }),
      "ingress[0].from[0].ipBlock.cidr",
    ],
    "a reason that says nothing": [
      object("NetworkPolicy", { ...open("::/0"), metadata: { annotations: { "agentic.io/internet": " " } } }),
      "::/0 is the whole internet",
    ],
  },
});

import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { world } from "./world.ts";

const open = (cidr: string) => ({ spec: { egress: [{ to: [{ podSelector: {} }, { ipBlock: { cidr } }] }] } });
const declared = { metadata: { name: "one", annotations: { "agentic.io/internet": "agents read public sites" } } };

table(world, {
  passes: {
    "a range": object("NetworkPolicy", open("10.0.0.0/8")),
    "the internet, declared": object("NetworkPolicy", { ...open("0.0.0.0/0"), ...declared }),
  },
  violates: {
    "the internet": [object("NetworkPolicy", open("0.0.0.0/0")), "egress[0].to[1].ipBlock.cidr"],
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

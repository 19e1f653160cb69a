// What policy spread lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { spread } from "./spread.ts";

const three = (more = {}) => deployment(more, {}, { replicas: 3 });
const podAntiAffinity = { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 }] };

table(spread, {
  passes: {
    "one replica": deployment({}, {}, { replicas: 1 }),
    "several, spread": three({ topologySpreadConstraints: [{ topologyKey: "kubernetes.io/hostname" }] }),
    "several that keep apart": three({ affinity: { podAntiAffinity } }),
  },
  violates: { "several anywhere": [three(), "all 3 replicas may be on one node"] },
});

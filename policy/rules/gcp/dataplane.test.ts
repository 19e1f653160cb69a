// What policy gke-dataplane-v2 lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { dataplane } from "./dataplane.ts";

table(dataplane, {
  passes: {
    "Dataplane V2": gcp("container/cluster:Cluster", { datapathProvider: "ADVANCED_DATAPATH" }),
    Autopilot: gcp("container/cluster:Cluster", { enableAutopilot: true }),
  },
  violates: { "the old one": [gcp("container/cluster:Cluster", {}), "datapathProvider"] },
});

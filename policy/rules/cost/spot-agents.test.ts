// What policy spot-agents lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { spotAgents } from "./spot-agents.ts";

const pool = (nodeConfig: object, name = "agents") => gcp("container/nodePool:NodePool", { name, nodeConfig });

table(spotAgents, {
  passes: {
    "spot with a taint": pool({ spot: true, taints: [{ key: "agents" }] }),
    "another pool": pool({}, "system"),
  },
  violates: {
    "full price": [pool({ taints: [{ key: "agents" }] }), "at the full price"],
    "anything beside them": [pool({ spot: true }), "nodeConfig.taints"],
  },
});

// What policy gke-node-management lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { nodeManagement } from "./node-management.ts";

const pool = (management?: object) => gcp("container/nodePool:NodePool", { management });

table(nodeManagement, {
  passes: { both: pool({ autoRepair: true, autoUpgrade: true }) },
  violates: {
    neither: [pool(), "autoRepair", "autoUpgrade"],
    "no upgrade": [pool({ autoRepair: true }), "autoUpgrade"],
  },
});

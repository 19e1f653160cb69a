// What policy node-autoscaling lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { nodeAutoscaling } from "./node-autoscaling.ts";

const pool = (props: object) => gcp("container/nodePool:NodePool", { ...props });

table(nodeAutoscaling, {
  passes: {
    "in all zones": pool({ autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 20 } }),
    "in each zone": pool({ autoscaling: { minNodeCount: 1, maxNodeCount: 3 } }),
  },
  violates: {
    none: [pool({}), "autoscaling.totalMaxNodeCount"],
    "a fixed number": [pool({ nodeCount: 3 }), "autoscaling", "nodeCount: each deployment resets the pool"],
  },
});

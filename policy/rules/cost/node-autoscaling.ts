// Node pools must scale with the work, up to a limit.
import { block, gcpRule, nodePool } from "../../kinds/gcp.ts";
import { independently } from "../../unknown.ts";

export const nodeAutoscaling = gcpRule({
  name: "node-autoscaling",
  area: "cost",
  types: [nodePool],
  severity: "low",
  description: "Node pools grow and shrink by themselves, up to a maximum size.",
  remedy: "Set autoscaling with totalMinNodeCount and totalMaxNodeCount, and leave nodeCount out.",
  check: (props, report) =>
    independently(
      () => {
        const limits = block(props.autoscaling);
        if (!(Number(limits.totalMaxNodeCount ?? limits.maxNodeCount) > 0))
          report(
            "autoscaling.totalMaxNodeCount",
            "idle nodes cost money, and busy pools get no more nodes",
            "set a maximum size",
          );
      },
      () => {
        if (props.nodeCount !== undefined)
          report("nodeCount", "each deployment resets the pool to this size", "leave it out, or set initialNodeCount");
      },
    ),
});

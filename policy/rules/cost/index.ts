// Rules about who pays, and how much.
import type { Rule } from "../../rule.ts";
import { cloudLabels } from "./cloud-labels.ts";
import { costAllocation } from "./cost-allocation.ts";
import { nodeAutoscaling } from "./node-autoscaling.ts";
import { ownerLabels } from "./owner-labels.ts";
import { replicaLimits } from "./replica-limits.ts";
import { spotAgents } from "./spot-agents.ts";

export const cost: readonly Rule[] = [
  cloudLabels,
  costAllocation,
  nodeAutoscaling,
  ownerLabels,
  replicaLimits,
  spotAgents,
];

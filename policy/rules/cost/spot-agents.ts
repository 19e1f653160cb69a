// Node pools for agents must use spot machines, because agents' steps are retried.
import { agentPools, block, gcpRule, isForAgents, nodePool } from "../../kinds/gcp.ts";
import { apart, some } from "../../unknown.ts";
import { items } from "../../values.ts";

export const spotAgents = gcpRule(
  [nodePool],
  {
    name: "spot-agents",
    severity: "low",
    description: "Node pools for agents are of spot machines, and a taint keeps everything else off them.",
    remedy: "Set nodeConfig.spot to true, with a taint that only agents' pods tolerate.",
    settings: agentPools,
  },
  (props, report, context) => {
    if (!isForAgents(props, context)) return;
    const node = () => block(props.nodeConfig);
    apart(
      () => {
        if (!some(["spot", "preemptible"], (name) => node()[name] === true))
          report("nodeConfig.spot", "agents run on machines at full price", "set true: their steps are tried again");
      },
      () => {
        if (items(node().taints).length === 0)
          report("nodeConfig.taints", "anything may be placed on machines that can go away", "give it a taint");
      },
    );
  },
  "cost",
);

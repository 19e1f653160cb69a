// Node pools for agents must use spot machines, because agents' steps are retried.
import { agentPools, block, gcpRule, isForAgents, nodePool } from "../../kinds/gcp.ts";
import { independently, some } from "../../unknown.ts";
import { items } from "../../values.ts";

export const spotAgents = gcpRule({
  name: "spot-agents",
  area: "cost",
  types: [nodePool],
  severity: "low",
  description: "Node pools for agents are of spot machines, and a taint keeps everything else off them.",
  remedy: "Set nodeConfig.spot to true, with a taint that only agents' pods tolerate.",
  settings: agentPools,
  check: (props, report, context) => {
    if (!isForAgents(props, context)) return;
    const node = () => block(props.nodeConfig);
    independently(
      () => {
        if (!some(["spot", "preemptible"], (name) => node()[name] === true))
          report(
            "nodeConfig.spot",
            "agents run on machines at the full price",
            "set true: interrupted steps are retried",
          );
      },
      () => {
        if (items(node().taints).length === 0)
          report("nodeConfig.taints", "other pods may be placed on machines that can be taken away", "give it a taint");
      },
    );
  },
});

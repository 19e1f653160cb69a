// Node pools for agents must run pods in GKE Sandbox.
import { agentPools, blockAt, gcpRule, isForAgents, nodePool } from "../../kinds/gcp.ts";

export const agentSandbox = gcpRule({
  name: "gke-agent-sandbox",
  types: [nodePool],
  severity: "medium",
  description: "Node pools for agents run their pods in GKE Sandbox.",
  remedy: "Set nodeConfig.sandboxConfig.type to GVISOR.",
  settings: agentPools,
  check: (props, report, context) => {
    if (!isForAgents(props, context)) return;
    const sandbox = blockAt(props, "nodeConfig", "sandboxConfig");
    if (String(sandbox.type ?? sandbox.sandboxType).toLowerCase() !== "gvisor")
      report("nodeConfig.sandboxConfig.type", "agents' programs use the node's kernel directly", "set GVISOR");
  },
});

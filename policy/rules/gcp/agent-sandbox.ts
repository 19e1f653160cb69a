// Agents' programs see a kernel of their own.
import { gcpRule, nodePool } from "../../kinds/gcp.ts";
import { at } from "../../values.ts";

export const agentSandbox = gcpRule(
  [nodePool],
  {
    name: "gke-agent-sandbox",
    severity: "medium",
    description: "Node pools for agents run their pods in GKE Sandbox.",
    remedy: "Set nodeConfig.sandboxConfig.type to GVISOR.",
    settings: {
      pools: {
        type: "array",
        items: { type: "string" },
        default: ["agents"],
        description: "A pool whose name contains one of these is for agents.",
      },
    },
  },
  (props, report, { args, setting }) => {
    if (!setting<string[]>("pools").some((pool) => `${args.name} ${props.name ?? ""}`.includes(pool))) return;
    const type =
      at(props, "nodeConfig", "sandboxConfig", "type") ?? at(props, "nodeConfig", "sandboxConfig", "sandboxType");
    if (String(type).toLowerCase() !== "gvisor")
      report("nodeConfig.sandboxConfig.type", "agents' programs call the node's kernel", "set GVISOR");
  },
);

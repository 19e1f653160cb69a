// What policy gke-agent-sandbox lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { agentSandbox } from "./agent-sandbox.ts";

const pool = (nodeConfig: object, name = "agents") => gcp("container/nodePool:NodePool", { name, nodeConfig });

table(agentSandbox, {
  passes: {
    gVisor: pool({ sandboxConfig: { type: "GVISOR" } }),
    "gVisor by the deprecated field": pool({ sandboxConfig: { sandboxType: "gvisor" } }),
    "another pool": pool({}, "system"),
  },
  violates: { "the node's kernel": [pool({}), "nodeConfig.sandboxConfig.type"] },
});

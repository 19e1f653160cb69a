// What policy gke-shielded-nodes lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { shieldedNodes } from "./shielded-nodes.ts";

const shieldedInstanceConfig = { enableSecureBoot: true, enableIntegrityMonitoring: true };

table(shieldedNodes, {
  passes: {
    "a cluster": gcp("container/cluster:Cluster", {}),
    "a pool": gcp("container/nodePool:NodePool", { nodeConfig: { shieldedInstanceConfig } }),
  },
  violates: {
    "a cluster's switched off": [
      gcp("container/cluster:Cluster", { enableShieldedNodes: false }),
      "enableShieldedNodes",
    ],
    "a pool without": [gcp("container/nodePool:NodePool", {}), "enableSecureBoot", "enableIntegrityMonitoring"],
  },
});

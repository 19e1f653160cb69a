// What policy gke-node-accounts lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { nodeAccounts } from "./node-accounts.ts";

const pool = (serviceAccount?: string) => gcp("container/nodePool:NodePool", { nodeConfig: { serviceAccount } });
const own = "nodes@p.iam.gserviceaccount.com";

table(nodeAccounts, {
  passes: {
    "an account of their own": pool(own),
    "a cluster whose nodes are pools": gcp("container/cluster:Cluster", { removeDefaultNodePool: true }),
    "Autopilot's": gcp("container/cluster:Cluster", {
      enableAutopilot: true,
      clusterAutoscaling: { autoProvisioningDefaults: { serviceAccount: own } },
    }),
  },
  violates: {
    "nothing said": [pool(), "nodeConfig.serviceAccount"],
    "the default one by its name": [
      pool("1-compute@developer.gserviceaccount.com"),
      "have the role editor on the whole project",
    ],
    "Autopilot's default": [gcp("container/cluster:Cluster", { enableAutopilot: true }), "autoProvisioningDefaults"],
  },
});

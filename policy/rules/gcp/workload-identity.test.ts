// What policy gke-workload-identity lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { workloadIdentity } from "./workload-identity.ts";

const pool = (mode: string) => gcp("container/nodePool:NodePool", { nodeConfig: { workloadMetadataConfig: { mode } } });

table(workloadIdentity, {
  passes: {
    "a cluster's": gcp("container/cluster:Cluster", { workloadIdentityConfig: { workloadPool: "p.svc.id.goog" } }),
    "Autopilot's": gcp("container/cluster:Cluster", { enableAutopilot: true }),
    "a pool's": pool("GKE_METADATA"),
  },
  violates: {
    none: [gcp("container/cluster:Cluster", {}), "workloadIdentityConfig.workloadPool"],
    "a pool that shows its own": [pool("GCE_METADATA"), "nodeConfig.workloadMetadataConfig.mode"],
  },
});

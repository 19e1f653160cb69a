// What policy gke-private-nodes lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { privateNodes } from "./private-nodes.ts";

const cluster = (privateClusterConfig?: object) => gcp("container/cluster:Cluster", { privateClusterConfig });
const pool = (networkConfig?: object) => gcp("container/nodePool:NodePool", { networkConfig });

table(privateNodes, {
  passes: { "private ones": cluster({ enablePrivateNodes: true }), "a pool as its cluster": pool() },
  violates: {
    "public ones": [cluster(), "privateClusterConfig.enablePrivateNodes"],
    "a public pool": [pool({ enablePrivateNodes: false }), "networkConfig.enablePrivateNodes"],
  },
});

// What policy gke-deletion-protection lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { deletionProtection } from "./deletion-protection.ts";

const cluster = (protect: boolean) =>
  gcp("container/cluster:Cluster", { deletionProtection: false }, { opts: { protect } });

table(deletionProtection, {
  passes: { "by default": gcp("container/cluster:Cluster", {}), "in the program": cluster(true) },
  violates: { none: [cluster(false), "one command deletes the cluster"] },
});

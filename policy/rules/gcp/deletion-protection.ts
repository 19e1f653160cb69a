// Clusters must be protected from accidental deletion.
import { cluster, gcpRule } from "../../kinds/gcp.ts";

export const deletionProtection = gcpRule(
  [cluster],
  {
    name: "gke-deletion-protection",
    severity: "medium",
    level: "advisory",
    description: "Clusters are protected from deletion.",
    remedy: "Leave deletionProtection out, or protect the resource in the program.",
  },
  (props, report, { args }) => {
    if (props.deletionProtection === false && !args.opts.protect)
      report("deletionProtection", "one command deletes the cluster", "leave it out, or protect the resource");
  },
);

// Clusters must be protected from accidental deletion.
import { cluster, gcpRule } from "../../kinds/gcp.ts";

export const deletionProtection = gcpRule({
  name: "gke-deletion-protection",
  types: [cluster],
  severity: "medium",
  level: "advisory",
  description: "Clusters are protected from deletion.",
  remedy: "Leave deletionProtection out, or protect the resource in the program.",
  check: (props, report, { args }) => {
    if (props.deletionProtection === false && !args.opts.protect)
      report("deletionProtection", "one command deletes the cluster", "leave it out, or protect the resource");
  },
});

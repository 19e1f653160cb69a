// Pods must be made by a controller that replaces them.
import { objectRule } from "../../kinds/nested.ts";
import { kindOf } from "../../kinds/types.ts";

export const barePods = objectRule({
  name: "bare-pods",
  area: "pods",
  kinds: ["Pod", "ReplicaSet", "ReplicationController"],
  severity: "low",
  description: "Pods are made by a Deployment, StatefulSet, DaemonSet or Job, which replaces them.",
  remedy: "Register a Deployment or a Job instead.",
  check: (_, report, { args, isPatch }) => {
    if (!isPatch)
      report("kind", `nobody rolls out or replaces a ${kindOf(args.type)}`, "make it a Deployment or a Job");
  },
});

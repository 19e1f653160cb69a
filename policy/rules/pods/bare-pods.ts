// A pod that nobody looks after is gone with its node.
import { kindOf, objectRule } from "../../kinds/objects.ts";

export const barePods = objectRule(
  "pods",
  ["Pod", "ReplicaSet", "ReplicationController"],
  {
    name: "bare-pods",
    severity: "low",
    description: "Pods are made by a Deployment, StatefulSet, DaemonSet or Job, which replaces them.",
    remedy: "Register a Deployment or a Job instead.",
  },
  (_, report, { args }) =>
    report("kind", `nobody rolls out or replaces a ${kindOf(args.type)}`, "make it a Deployment or a Job"),
);

// A pod that nobody looks after is gone with its node.
import { objectRule } from "../../kinds/objects.ts";

export const barePods = objectRule(
  "pods",
  ["Pod", "ReplicaSet"],
  {
    name: "bare-pods",
    severity: "low",
    description: "Pods are made by a Deployment, StatefulSet, DaemonSet or Job, which replaces them.",
    remedy: "Register a Deployment or a Job instead.",
  },
  ({ kind }, report) => report("kind", `nobody rolls out or replaces a ${kind}`, "make it a Deployment or a Job"),
);

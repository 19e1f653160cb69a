// Replicas of one thing don't fall with one node.
import { podRule } from "../../kinds/pods.ts";
import { at } from "../../values.ts";

const isList = (value: unknown) => Array.isArray(value) && value.length > 0;

export const spread = podRule(
  {
    name: "spread",
    severity: "medium",
    description: "Pods of what has more than one replica are spread over the nodes.",
    remedy: "Give the pod topologySpreadConstraints over kubernetes.io/hostname, or a podAntiAffinity.",
  },
  ({ object, spec, path }, report) => {
    const replicas = at(object, "spec", "replicas");
    if (typeof replicas !== "number" || replicas < 2) return;
    const against = at(spec, "affinity", "podAntiAffinity");
    const apart = ["required", "preferred"].some((how) =>
      isList(at(against, `${how}DuringSchedulingIgnoredDuringExecution`)),
    );
    if (!apart && !isList(spec.topologySpreadConstraints))
      report(
        `${path}.topologySpreadConstraints`,
        `all ${replicas} replicas may stand on one node`,
        "spread them over kubernetes.io/hostname",
      );
  },
);

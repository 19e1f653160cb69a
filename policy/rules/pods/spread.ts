// Replicas must be spread over nodes.
import { podRule } from "../../kinds/pods.ts";
import { anyOf, some } from "../../unknown.ts";
import { at } from "../../values.ts";

const isList = (value: unknown) => Array.isArray(value) && value.length > 0;

export const spread = podRule({
  name: "spread",
  severity: "medium",
  description: "Pods of a workload with more than one replica are spread over the nodes.",
  remedy: "Give the pod topologySpreadConstraints over kubernetes.io/hostname, or a podAntiAffinity.",
  check: ({ object, serves, spec, path }, report) => {
    const replicas = serves ? Number(at(object, "spec", "replicas")) : 1;
    if (!(replicas > 1)) return;
    const isApart = anyOf(
      () =>
        some(["required", "preferred"], (how) =>
          isList(at(spec, "affinity", "podAntiAffinity", `${how}DuringSchedulingIgnoredDuringExecution`)),
        ),
      () => isList(spec.topologySpreadConstraints),
    );
    if (!isApart)
      report(
        `${path}.topologySpreadConstraints`,
        `all ${replicas} replicas may be on one node`,
        "spread them over kubernetes.io/hostname",
      );
  },
});

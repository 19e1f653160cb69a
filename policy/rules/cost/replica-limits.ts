// Workloads must not have more replicas than the limit.
import { objectRule } from "../../kinds/nested.ts";
import { independently } from "../../unknown.ts";
import { fields } from "../../values.ts";

export const replicaLimits = objectRule({
  name: "replica-limits",
  area: "cost",
  kinds: ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "HorizontalPodAutoscaler"],
  severity: "low",
  description:
    "Workloads have neither fewer nor more replicas than the limits, and an autoscaler has room between its least and its most.",
  remedy: "Change the number, or the policy's limits where the stack needs others.",
  settings: {
    min: { type: "integer", default: 0, description: "The fewest replicas that a workload may have." },
    max: { type: "integer", default: 50, description: "The most replicas that a workload may have." },
  },
  check: ({ spec }, report, { setting }) => {
    const least = setting<number>("min");
    const most = setting<number>("max");
    const check = (name: string, count: unknown) => {
      const replicas = Number(count);
      if (replicas > most) report(`spec.${name}`, `${replicas} are more than ${most}`, `make it ${most} or less`);
      if (replicas < least) report(`spec.${name}`, `${replicas} are fewer than ${least}`, `make it ${least} or more`);
    };
    independently(
      () => check("replicas", fields(spec).replicas),
      () => check("minReplicas", fields(spec).minReplicas),
      () => check("maxReplicas", fields(spec).maxReplicas),
      () => {
        const { minReplicas, maxReplicas } = fields(spec);
        // Kubernetes' own default of minReplicas is 1.
        if (maxReplicas !== undefined && Number(minReplicas ?? 1) >= Number(maxReplicas))
          report("spec.minReplicas", `it is maxReplicas, ${Number(maxReplicas)}: nothing scales`, "make it less");
      },
    );
  },
});

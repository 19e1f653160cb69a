// Containers that serve must have readiness and liveness probes.
import { podRule } from "../../kinds/pods.ts";
import { each } from "../../unknown.ts";
import { fields, items } from "../../values.ts";

export const probes = podRule({
  name: "probes",
  severity: "medium",
  description:
    "Containers of Deployments, StatefulSets, DaemonSets and other servers have a readiness and a liveness probe; only a helper container without ports needs none.",
  remedy: "Give the container a readinessProbe and a livenessProbe that are cheap to answer.",
  check: ({ serves, containers }, report) => {
    if (!serves) return;
    each(containers, ({ path, container, init, main }) => {
      // An init container that is restarted always is a sidecar.
      if (init && container.restartPolicy !== "Always") return;
      const isHelper = !main && items(container.ports).length === 0;
      if (isHelper) return;
      each(["readinessProbe", "livenessProbe"], (probe) => {
        if (Object.keys(fields(container[probe])).length === 0)
          report(`${path}.${probe}`, "missing", "add a probe that is cheap to answer");
      });
    });
  },
});

// Whoever serves tells when it is ready and whether it is alive.
import { podRule } from "../../kinds/pods.ts";
import { items } from "../../values.ts";

const serving = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

export const probes = podRule(
  {
    name: "probes",
    severity: "medium",
    description:
      "Containers of Deployments, StatefulSets and DaemonSets have a readiness and a liveness probe; only a helper that listens on no port beside others needs none.",
    remedy: "Give the container a readinessProbe and a livenessProbe that are cheap to answer.",
  },
  ({ object, containers }, report) => {
    if (!serving.has(object.kind)) return;
    const first = containers.find(({ init }) => !init);
    for (const { path, container, init } of containers) {
      // An init container that is restarted always is a sidecar.
      if (init && container.restartPolicy !== "Always") continue;
      const isHelper = items(container.ports).length === 0 && container !== first?.container;
      if (isHelper) continue;
      for (const probe of ["readinessProbe", "livenessProbe"])
        if (!container[probe]) report(`${path}.${probe}`, "missing", "give it one that is cheap to answer");
    }
  },
);

// Whoever serves tells when it is ready and whether it is alive.
import { podRule } from "../../kinds/pods.ts";

const serving = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

export const probes = podRule(
  {
    name: "probes",
    severity: "medium",
    description: "Containers of Deployments, StatefulSets and DaemonSets have a readiness and a liveness probe.",
    remedy: "Give the container a readinessProbe and a livenessProbe that are cheap to answer.",
  },
  ({ object, containers }, report) => {
    if (!serving.has(object.kind)) return;
    for (const { path, container, init } of containers) {
      // An init container that is restarted always is a sidecar.
      if (init && container.restartPolicy !== "Always") continue;
      for (const probe of ["readinessProbe", "livenessProbe"])
        if (!container[probe]) report(`${path}.${probe}`, "missing", "give it one that is cheap to answer");
    }
  },
);

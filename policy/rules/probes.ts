// Whoever serves tells when it is ready and whether it is alive.
import { containersOf, objectRule, podOf, say } from "../objects.ts";

const serving = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

export const probes = objectRule(
  "probes",
  "Containers of Deployments, StatefulSets and DaemonSets have a readiness and a liveness probe.",
  (object, report) => {
    const pod = podOf(object);
    if (!pod || !serving.has(object.kind)) return;
    for (const { path, container, init } of containersOf(pod)) {
      // An init container that is restarted always is a sidecar.
      if (init && container.restartPolicy !== "Always") continue;
      for (const probe of ["readinessProbe", "livenessProbe"])
        if (!container[probe]) report(say(`${path}.${probe}`, "missing", "give it one that is cheap to answer"));
    }
  },
);

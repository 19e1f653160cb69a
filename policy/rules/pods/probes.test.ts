// What policy probes lets pass, and what violates it.
import { container, deployment, object, pod } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { probes } from "./probes.ts";

const silent = { readinessProbe: undefined, livenessProbe: undefined };

table(probes, {
  passes: {
    "a container with both": deployment(),
    "a job's without": object("Job", { spec: { template: { spec: pod({}, silent) } } }, "batch/v1"),
    "an init container without": deployment({ initContainers: [container({ name: "init", ...silent })] }),
    "a helper that listens on no port": deployment({
      containers: [container(), container({ name: "reload", ...silent })],
    }),
  },
  violates: {
    "a second that listens": [
      deployment({ containers: [container(), container({ name: "web", ports: [{}], ...silent })] }),
      "(web).readinessProbe",
      "(web).livenessProbe",
    ],
    neither: [deployment({}, silent), "(main).readinessProbe", "(main).livenessProbe"],
    "a sidecar without": [
      deployment({
        initContainers: [container({ name: "side", restartPolicy: "Always", ports: [{}], livenessProbe: undefined })],
      }),
      "initContainers[0] (side).livenessProbe",
    ],
  },
});

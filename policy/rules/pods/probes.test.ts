import { container, deployment, object, pod } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { probes } from "./probes.ts";

const silent = { readinessProbe: undefined, livenessProbe: undefined };

table(probes, {
  passes: {
    "a container with both": deployment(),
    "a job's without": object("Job", { spec: { template: { spec: pod({}, silent) } } }, "batch/v1"),
    "an init container without": deployment({ initContainers: [container({ name: "init", ...silent })] }),
  },
  violates: {
    neither: [deployment({}, silent), "(main).readinessProbe", "(main).livenessProbe"],
    "a sidecar without": [
      deployment({ initContainers: [container({ name: "side", restartPolicy: "Always", livenessProbe: undefined })] }),
      "initContainers[0] (side).livenessProbe",
    ],
  },
});

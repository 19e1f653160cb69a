// What policy replica-limits lets pass, and what violates it.
import { deployment, object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { replicaLimits } from "./replica-limits.ts";

const autoscaler = (minReplicas: number | undefined, maxReplicas: number) =>
  object("HorizontalPodAutoscaler", { spec: { minReplicas, maxReplicas } }, "autoscaling/v2");

table(replicaLimits, {
  passes: {
    "a few": deployment({}, {}, { replicas: 3 }),
    "nothing said": deployment(),
    "an autoscaler with room": autoscaler(2, 10),
    "an autoscaler from one up": autoscaler(undefined, 3),
    "more where the setting allows it": deployment({}, {}, { replicas: 80 }),
  },
  violates: {
    "too many": [deployment({}, {}, { replicas: 51 }), "spec.replicas: 51 are more than 50"],
    "too many of an autoscaler": [autoscaler(1, 100), "spec.maxReplicas: 100 are more than 50"],
    "an autoscaler that can't scale": [autoscaler(3, 3), "spec.minReplicas: it is maxReplicas, 3"],
    "an autoscaler of one": [autoscaler(undefined, 1), "spec.minReplicas"],
    "more than the setting": [deployment({}, {}, { replicas: 3 }), "3 are more than 2"],
    "fewer than the setting": [deployment({}, {}, { replicas: 1 }), "spec.replicas: 1 are fewer than 2"],
    "an autoscaler from fewer than the setting": [autoscaler(1, 5), "spec.minReplicas: 1 are fewer than 2"],
  },
  settings: {
    "more where the setting allows it": { max: 100 },
    "more than the setting": { max: 2 },
    "fewer than the setting": { min: 2 },
    "an autoscaler from fewer than the setting": { min: 2 },
  },
});

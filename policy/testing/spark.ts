// Puts a pod into an application of Spark: as the settings of a role, as a container beside Spark's own, or as a role's template.
import type { Fields } from "../values.ts";
import type { Holder, PodTemplate } from "./holder.ts";
import { context, object } from "./objects.ts";

const application = (kind: string, spec: Fields): Fields =>
  object(kind, { spec: kind === "SparkApplication" ? spec : { template: spec } }, "sparkoperator.k8s.io/v1beta2");

/** The settings of a role: those of the pod, and of Spark's own container, to which Spark itself gives requests and limits. */
function settings({ metadata, spec }: PodTemplate, { resources: _, name: __, ...container }: Fields): Fields {
  const { hostNetwork, securityContext } = spec;
  return { cores: 1, memory: "1g", ...metadata, ...container, hostNetwork, podSecurityContext: securityContext };
}

const lacks = ["hostPID", "hostIPC", "automountServiceAccountToken"];
const image = "localhost/agentic-platform/spark:4.0.1";

const inSettings = (kind: string, role: string): Holder => ({
  make: (pod) => {
    const { volumes, containers } = pod.spec;
    return application(kind, { volumes, [role]: settings(pod, containers[0] ?? {}) });
  },
  path: kind === "SparkApplication" ? "spec" : "spec.template",
  lacks: [...lacks, "resources"],
  isPartial: true,
});

const beside = (list: string): Holder => ({
  make: (pod) => {
    const { volumes, containers } = pod.spec;
    const driver = { ...settings(pod, { securityContext: context }), [list]: containers };
    return application("SparkApplication", { image, volumes, driver });
  },
  path: "spec",
  lacks,
  isPartial: true,
});

export const sparkHolders: Record<string, Holder> = {
  "a driver of Spark": inSettings("SparkApplication", "driver"),
  "an executor of Spark": inSettings("SparkApplication", "executor"),
  "a driver of a scheduled application": inSettings("ScheduledSparkApplication", "driver"),
  "a sidecar of a driver": beside("sidecars"),
  "an init container of a driver": beside("initContainers"),
  "a driver's template": {
    make: (template) => application("SparkApplication", { driver: { cores: 1, template } }),
    path: "spec.driver",
    lacks: ["resources"],
    isPartial: true,
  },
};

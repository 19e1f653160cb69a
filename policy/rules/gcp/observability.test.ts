// What policy gke-observability lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { observability } from "./observability.ts";

const monitoringConfig = { managedPrometheus: { enabled: true } };
const cluster = (...enableComponents: string[]) =>
  gcp("container/cluster:Cluster", { loggingConfig: { enableComponents }, monitoringConfig });

table(observability, {
  passes: { "logs and metrics": cluster("SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER") },
  violates: {
    "no logs of workloads": [cluster("SYSTEM_COMPONENTS"), "logs of WORKLOADS are not kept"],
    nothing: [gcp("container/cluster:Cluster", {}), "SYSTEM_COMPONENTS", "WORKLOADS", "managedPrometheus"],
  },
});

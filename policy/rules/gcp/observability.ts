// Clusters must keep logs and collect metrics.
import { block, blockAt, cluster, gcpRule } from "../../kinds/gcp.ts";
import { each, includes, independently } from "../../unknown.ts";
import { texts } from "../../values.ts";

export const observability = gcpRule({
  name: "gke-observability",
  types: [cluster],
  severity: "medium",
  description: "Logs of system and workloads are kept, and Managed Prometheus collects metrics.",
  remedy: "Set loggingConfig.enableComponents and monitoringConfig.managedPrometheus.",
  check: (props, report) =>
    independently(
      () =>
        each(["SYSTEM_COMPONENTS", "WORKLOADS"], (name) => {
          if (!includes(texts(block(props.loggingConfig).enableComponents), name))
            report("loggingConfig.enableComponents", `logs of ${name} are not kept`, `add ${name}`);
        }),
      () => {
        if (blockAt(props, "monitoringConfig", "managedPrometheus").enabled !== true)
          report("monitoringConfig.managedPrometheus.enabled", "no metrics are collected", "set true");
      },
    ),
});

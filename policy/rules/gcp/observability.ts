// What happens in a cluster is written down.
import { block, cluster, gcpRule } from "../../kinds/gcp.ts";
import { texts } from "../../values.ts";

export const observability = gcpRule(
  [cluster],
  {
    name: "gke-observability",
    severity: "medium",
    description: "Logs of system and workloads are kept, and Managed Prometheus gathers metrics.",
    remedy: "Set loggingConfig.enableComponents and monitoringConfig.managedPrometheus.",
  },
  (props, report) => {
    const logged = texts(block(props.loggingConfig).enableComponents);
    for (const name of ["SYSTEM_COMPONENTS", "WORKLOADS"])
      if (!logged.includes(name)) report("loggingConfig.enableComponents", `${name} leave no logs`, `add ${name}`);
    if (block(block(props.monitoringConfig).managedPrometheus).enabled !== true)
      report("monitoringConfig.managedPrometheus.enabled", "nobody gathers metrics", "set true");
  },
);

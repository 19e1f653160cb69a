// Alerts that no fault raises in the tests on the embedded node, and why; promtool judges them alone.
import { objectiveNames } from "../../components/observability/slo.ts";

const burns = objectiveNames.flatMap((name) => [`slo-${name}-fast`, `slo-${name}-slow`]);

/** By the alert's name. test/unit/observability/raised-alerts.test.ts holds that each of the others has its fault. */
export const unraisedAlerts: Readonly<Record<string, string>> = {
  "queue-stands": "twenty workloads would have to wait for a worker for ten minutes, and workers wait for nobody",
  "workflow-errors":
    "an engine without its rights reports an error in minutes, and the alert asks for one in ten seconds",
  "object-store-errors":
    "MinIO answers so where a drive fails, and the node's volumes are folders of the machine's own drive",
  "volume-filling": "the node's volumes are folders of the machine's own drive: full is the machine",
  "model-spend": "the offline model costs nothing",
  "break-glass-overdue":
    "rights are given for five minutes at least, and the operator has to be gone at their end and another minute",
  ...Object.fromEntries(burns.map((name) => [name, "it is about an hour at least, and all that other tests do in it"])),
};

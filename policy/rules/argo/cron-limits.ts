// Runs by the clock don't pile up.
import { objectRule } from "../../kinds/objects.ts";
import { fields } from "../../values.ts";

export const cronLimits = objectRule(
  "argo",
  ["CronWorkflow", "CronJob"],
  {
    name: "cron-limits",
    severity: "medium",
    description: "What runs by the clock doesn't overlap, isn't made up for late, and keeps few old runs.",
    remedy: "Set concurrencyPolicy to Forbid or Replace, startingDeadlineSeconds, and the two history limits.",
  },
  ({ spec }, report) => {
    const given = fields(spec);
    if (given.concurrencyPolicy !== "Forbid" && given.concurrencyPolicy !== "Replace")
      report("spec.concurrencyPolicy", "runs may overlap", "set Forbid or Replace");
    if (given.startingDeadlineSeconds === undefined)
      report(
        "spec.startingDeadlineSeconds",
        "missed runs are made up for at any time",
        "set the seconds it may be late",
      );
    for (const name of ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"])
      if (given[name] === undefined) report(`spec.${name}`, "missing", "say how many old runs are kept, such as 3");
  },
  (object) => {
    const spec = fields(object.spec);
    const before = JSON.stringify(spec);
    object.spec = {
      startingDeadlineSeconds: 300,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
      ...spec,
      ...(spec.concurrencyPolicy === "Replace" ? {} : { concurrencyPolicy: "Forbid" }),
    };
    return JSON.stringify(object.spec) !== before;
  },
);

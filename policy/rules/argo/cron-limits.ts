// Scheduled runs must not overlap or accumulate.
import { objectRule } from "../../kinds/nested.ts";
import { changed, each, independently } from "../../unknown.ts";
import { ensureObject, fields } from "../../values.ts";

const good: Readonly<Record<string, unknown>> = {
  concurrencyPolicy: "Forbid",
  startingDeadlineSeconds: 300,
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 3,
};
const isMissing = (value: unknown) => value === undefined || value === null;

export const cronLimits = objectRule({
  name: "cron-limits",
  area: "argo",
  kinds: ["CronWorkflow", "CronJob"],
  severity: "medium",
  description: "Scheduled runs don't overlap, don't start long after their time, and are kept in small numbers.",
  remedy: "Set concurrencyPolicy to Forbid or Replace, startingDeadlineSeconds, and the two history limits.",
  check: ({ spec }, report) => {
    const cron = fields(spec);
    independently(
      () => {
        if (cron.concurrencyPolicy !== "Forbid" && cron.concurrencyPolicy !== "Replace")
          report("spec.concurrencyPolicy", "runs may overlap", "set Forbid or Replace");
      },
      () => {
        if (isMissing(cron.startingDeadlineSeconds))
          report(
            "spec.startingDeadlineSeconds",
            "a missed run may start at any later time",
            "set how many seconds late a run may start",
          );
      },
      () =>
        each(["successfulJobsHistoryLimit", "failedJobsHistoryLimit"], (name) => {
          if (isMissing(cron[name])) report(`spec.${name}`, "missing", "set how many old runs are kept, such as 3");
        }),
    );
  },
  fix: (object) => {
    const spec = ensureObject(object, "spec");
    return changed(Object.keys(good), (name) => {
      const isGood =
        name === "concurrencyPolicy" ? ["Forbid", "Replace"].includes(String(spec[name])) : !isMissing(spec[name]);
      if (isGood) return false;
      spec[name] = good[name];
      return true;
    });
  },
});

// What policy cron-limits lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { cronLimits } from "./cron-limits.ts";

const limits = { startingDeadlineSeconds: 60, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 1 };
const cron = (spec: object, kind = "CronWorkflow") => object(kind, { spec }, "argoproj.io/v1alpha1");

table(cronLimits, {
  passes: { "one at a time": cron({ ...limits, concurrencyPolicy: "Forbid" }) },
  violates: {
    "nothing said": [cron({}), "concurrencyPolicy", "startingDeadline", "successfulJobs", "failedJobs"],
    "runs that overlap": [cron({ ...limits, concurrencyPolicy: "Allow" }, "CronJob"), "runs may overlap"],
  },
});

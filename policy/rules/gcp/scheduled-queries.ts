// Scheduled queries must run as a service account.
import { gcpRule } from "../../kinds/gcp.ts";
import { isText } from "../../values.ts";

export const scheduledQueries = gcpRule({
  name: "scheduled-query-account",
  types: ["gcp:bigquery/dataTransferConfig:DataTransferConfig"],
  severity: "medium",
  description: "Scheduled queries run as a service account, not as the person who made them.",
  remedy: "Set serviceAccountName to an account with rights on the datasets of the query.",
  check: ({ serviceAccountName }, report) => {
    if (!isText(serviceAccountName))
      report(
        "serviceAccountName",
        "the query has the rights of whoever deployed it, and ends when that person leaves",
        "name a service account",
      );
  },
});

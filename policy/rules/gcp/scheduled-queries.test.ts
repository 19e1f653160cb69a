// What policy scheduled-query-account lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { scheduledQueries } from "./scheduled-queries.ts";

const query = (props: object) => gcp("bigquery/dataTransferConfig:DataTransferConfig", { ...props });

table(scheduledQueries, {
  passes: { "an account": query({ serviceAccountName: "results@acme.iam.gserviceaccount.com" }) },
  violates: { nobody: [query({}), "rights of whoever deployed it"] },
});

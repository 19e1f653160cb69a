// BigQuery tables or partitions must expire.
import { gcpRule } from "../../kinds/gcp.ts";

export const datasetExpiration = gcpRule({
  name: "bigquery-expiration",
  types: ["gcp:bigquery/dataset:Dataset"],
  severity: "low",
  description: "Tables of BigQuery, or their partitions, expire.",
  remedy: "Set defaultPartitionExpirationMs or defaultTableExpirationMs on the dataset.",
  check: (props, report) => {
    const expiration = props.defaultPartitionExpirationMs ?? props.defaultTableExpirationMs;
    if (!(Number(expiration) > 0))
      report("defaultPartitionExpirationMs", "tables and partitions never expire", "set how long they are kept");
  },
});

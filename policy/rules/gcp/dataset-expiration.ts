// BigQuery tables or partitions must expire.
import { gcpRule } from "../../kinds/gcp.ts";

export const datasetExpiration = gcpRule(
  ["gcp:bigquery/dataset:Dataset"],
  {
    name: "bigquery-expiration",
    severity: "low",
    description: "Tables of BigQuery, or their partitions, end after a time.",
    remedy: "Set defaultPartitionExpirationMs or defaultTableExpirationMs on the dataset.",
  },
  (props, report) => {
    const given = props.defaultPartitionExpirationMs ?? props.defaultTableExpirationMs;
    if (!(Number(given) > 0))
      report("defaultPartitionExpirationMs", "what is written stays for ever", "set how long it is of use");
  },
);

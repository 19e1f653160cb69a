// What policy bigquery-expiration lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { datasetExpiration } from "./dataset-expiration.ts";

const dataset = (props: object) => gcp("bigquery/dataset:Dataset", { ...props });

table(datasetExpiration, {
  passes: {
    "of partitions": dataset({ defaultPartitionExpirationMs: 86_400_000 }),
    "of tables": dataset({ defaultTableExpirationMs: 86_400_000 }),
  },
  violates: {
    none: [dataset({}), "never expire"],
    "after no time": [dataset({ defaultTableExpirationMs: 0 }), "never expire"],
  },
});

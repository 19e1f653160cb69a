// What policy workflow-retries lets pass, and what violates it.
import { step, workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { retries } from "./retries.ts";

const retryStrategy = { limit: "2", backoff: { duration: "1s", factor: "2" } };
const without = step({ retryStrategy: undefined });

table(retries, {
  passes: {
    "a step's own": workflow(),
    "that of all": workflow({ templates: [without], templateDefaults: { retryStrategy } }),
    "a graph": workflow({ templates: [{ name: "main", dag: { tasks: [] } }] }),
  },
  violates: {
    none: [workflow({ templates: [without] }), "(step).retryStrategy.limit", "(step).retryStrategy.backoff"],
    "no pause": [workflow({ templates: [step({ retryStrategy: { limit: 5 } })] }), "it is retried without a pause"],
  },
});

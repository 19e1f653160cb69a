// What policy cost-allocation lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { costAllocation } from "./cost-allocation.ts";

const cluster = (props: object) => gcp("container/cluster:Cluster", { ...props });

table(costAllocation, {
  passes: { "a bill that is split": cluster({ costManagementConfig: { enabled: true } }) },
  violates: { "one sum": [cluster({}), "costManagementConfig.enabled"] },
});

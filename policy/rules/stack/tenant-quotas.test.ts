// What policy tenant-quotas lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { tenantQuotas } from "./tenant-quotas.ts";

const namespace = { name: "tenant-a", labels: { "agentic.io/tenant": "a" } };
const metadata = { name: "one", namespace: "tenant-a" };
const tenant = object("Namespace", { metadata: namespace });
const quota = (hard: object) => object("ResourceQuota", { metadata, spec: { hard } });
const range = object("LimitRange", { metadata });

table(tenantQuotas, {
  passes: {
    both: [tenant, quota({ "limits.cpu": "1", "limits.memory": "1Gi", pods: "9" }), range],
    "a namespace of the platform": object("Namespace"),
  },
  violates: {
    neither: [[tenant], "no quota for limits.cpu, limits.memory, pods", "no limits by default"],
    "part of it": [[tenant, quota({ "limits.cpu": "1", pods: "9" }), range], "no quota for limits.memory"],
  },
});

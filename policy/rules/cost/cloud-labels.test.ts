// What policy cloud-labels lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { cloudLabels } from "./cloud-labels.ts";

const labels = { owner: "a", "cost-center": "b" };
const of = (defaultLabels: unknown) => ({
  ...gcp("storage/bucket:Bucket", {}),
  provider: { props: { defaultLabels }, type: "", urn: "", name: "" },
});

table(cloudLabels, {
  passes: {
    "its own": gcp("storage/bucket:Bucket", { labels }),
    "a cluster's": gcp("container/cluster:Cluster", { resourceLabels: labels }),
    "a database's": gcp("sql/databaseInstance:DatabaseInstance", { settings: { userLabels: labels } }),
    "the provider's": of(labels),
    "the provider's, as they come": of(JSON.stringify(labels)),
  },
  violates: {
    none: [gcp("pubsub/topic:Topic", {}), 'labels["owner"]', 'labels["cost-center"]'],
    one: [gcp("sql/databaseInstance:DatabaseInstance", { settings: { userLabels: { owner: "a" } } }), "userLabels"],
    "a provider's that are none": [of("{"), "owner", "cost-center"],
  },
});

// Cloud resources that cost money must be labelled with owner and cost center.
import { gcpRule } from "../../kinds/gcp.ts";
import { anyOf, each } from "../../unknown.ts";
import { at, type Fields, fields, isText } from "../../values.ts";

/** Where each type has its labels. */
const paths: Readonly<Record<string, readonly string[]>> = {
  "gcp:container/cluster:Cluster": ["resourceLabels"],
  "gcp:sql/databaseInstance:DatabaseInstance": ["settings", "userLabels"],
  "gcp:storage/bucket:Bucket": ["labels"],
  "gcp:artifactregistry/repository:Repository": ["labels"],
  "gcp:pubsub/topic:Topic": ["labels"],
  "gcp:pubsub/subscription:Subscription": ["labels"],
  "gcp:bigquery/dataset:Dataset": ["labels"],
  "gcp:secretmanager/secret:Secret": ["labels"],
  "gcp:kms/cryptoKey:CryptoKey": ["labels"],
  "gcp:gkebackup/backupPlan:BackupPlan": ["labels"],
};
const requiredLabels = ["owner", "cost-center"];

export const cloudLabels = gcpRule({
  name: "cloud-labels",
  area: "cost",
  types: Object.keys(paths),
  severity: "low",
  description:
    "Resources of Google Cloud that cost money have the labels owner and cost-center, so that the bill shows them.",
  remedy: "Set the labels owner and cost-center, or the provider's defaultLabels.",
  check: (props, report, { args }) => {
    const path = paths[args.type] ?? ["labels"];
    each(requiredLabels, (name) => {
      const isGiven = anyOf(
        () => isText(fields(at(props, ...path))[name]),
        () => isText(defaultLabels(args.provider?.props)[name]),
      );
      if (!isGiven) report(`${path.join(".")}["${name}"]`, "missing", "name the team or the cost center");
    });
  },
});

/** What the provider gives to every resource; providers' own properties come as JSON. */
function defaultLabels(provider: Fields | undefined): Fields {
  const labels = provider?.defaultLabels;
  if (typeof labels !== "string") return fields(labels);
  try {
    return fields(JSON.parse(labels));
  } catch {
    return {};
  }
}

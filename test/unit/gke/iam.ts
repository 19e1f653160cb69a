// The IAM bindings of a program as a table that a reviewer can read: who may do what, on what, under which condition.
import type { Registered } from "./mocks.ts";

/** Kinds of bindings, with the field that names what they are on. */
const bindingFields: Record<string, [kind: string, field: string]> = {
  "gcp:projects/iAMMember:IAMMember": ["project", "project"],
  "gcp:storage/bucketIAMMember:BucketIAMMember": ["bucket", "bucket"],
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": ["key", "cryptoKeyId"],
  "gcp:secretmanager/secretIamMember:SecretIamMember": ["secret", "secretId"],
  "gcp:pubsub/topicIAMMember:TopicIAMMember": ["topic", "topic"],
  "gcp:pubsub/subscriptionIAMMember:SubscriptionIAMMember": ["subscription", "subscription"],
  "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": ["repository", "repository"],
  "gcp:bigquery/datasetIamMember:DatasetIamMember": ["dataset", "datasetId"],
};

/** Short names of the members that have long ones. */
function memberOf(member: string): string {
  const workload = /subject\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(member);
  return workload ? `Kubernetes ${workload[1]}/${workload[2]}` : member.replace(/^serviceAccount:/, "");
}

/** A Markdown table, sorted. Throws on a binding of a kind that it doesn't know, so that none is left out. */
export function iamTable(all: readonly Registered[]): string {
  const rows = all.flatMap(({ type, name, inputs }) => {
    if (!/iam(member|binding|policy)$/i.test(type)) return [];
    const binding = bindingFields[type];
    if (!binding) throw new Error(`${type} ${name}: the table doesn't know this kind of binding`);
    const [kind, field] = binding;
    const condition = inputs.condition?.expression ?? "";
    return [[memberOf(inputs.member), inputs.role, `${kind} ${inputs[field]}`, condition.replaceAll("|", "\\|")]];
  });
  const lines = rows.map((row) => `| ${row.join(" | ")} |`).sort();
  return `${["| member | role | on | condition |", "|---|---|---|---|", ...lines].join("\n")}\n`;
}

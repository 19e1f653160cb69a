// Pods must have access to a prefix of a bucket, not to all of it.
import { block, gcpRule, membersOf } from "../../kinds/gcp.ts";

const ofPods = /^principal(Set)?:\/\/iam\.googleapis\.com\/.*\/workloadIdentityPools\//;
const prefix = /resource\.name\.startsWith\("projects\/_\/buckets\/[^"]+\/objects\/[^"]+"\)/;

export const bucketConditions = gcpRule({
  name: "bucket-conditions",
  types: ["gcp:storage/bucketIAMMember:BucketIAMMember", "gcp:storage/bucketIAMBinding:BucketIAMBinding"],
  severity: "medium",
  description: "Roles of pods on a bucket are limited to a prefix by an IAM Condition.",
  remedy: 'Add a condition: resource.name.startsWith("projects/_/buckets/<bucket>/objects/<prefix>").',
  check: (props, report) => {
    const [pods] = membersOf(props).filter(({ member }) => ofPods.test(member));
    if (pods && !prefix.test(String(block(props.condition).expression)))
      report(
        "condition.expression",
        `${pods.member.replace(/^.*\/subject\//, "")} reaches every object of the bucket`,
        'add resource.name.startsWith("projects/_/buckets/<bucket>/objects/<prefix>")',
      );
  },
});

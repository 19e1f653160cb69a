// Buckets must keep overwritten and deleted objects for a while.
import { block, bucket, gcpRule } from "../../kinds/gcp.ts";
import { independently } from "../../unknown.ts";

export const bucketRecovery = gcpRule({
  name: "bucket-recovery",
  types: [bucket],
  severity: "medium",
  description: "Buckets keep earlier versions and deleted objects for a while, and delete old versions.",
  remedy: "Set versioning.enabled, softDeletePolicy with 7 days or more, lifecycleRules, and leave forceDestroy out.",
  check: (props, report) =>
    independently(
      () => {
        if (block(props.versioning).enabled !== true)
          report("versioning.enabled", "an overwrite can't be undone", "set true");
      },
      () => {
        const { retentionDurationSeconds } = block(props.softDeletePolicy);
        if (!(Number(retentionDurationSeconds) >= 7 * 86_400))
          report(
            "softDeletePolicy.retentionDurationSeconds",
            "a deletion can't be undone for 7 days",
            "set 604800 or more",
          );
      },
      () => {
        if (!Array.isArray(props.lifecycleRules) || props.lifecycleRules.length === 0)
          report("lifecycleRules", "old versions are never deleted", "add a rule that deletes old versions");
      },
      () => {
        if (props.forceDestroy === true)
          report("forceDestroy", "destroying the stack deletes all objects", "leave it out");
      },
    ),
});

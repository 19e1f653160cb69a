// Audit logs must cover every member and be kept long enough.
import { gcpRule } from "../../kinds/gcp.ts";
import { allOf, each, textOf } from "../../unknown.ts";
import { items, texts } from "../../values.ts";

const logBucket = "gcp:logging/projectBucketConfig:ProjectBucketConfig";

export const auditLogs = gcpRule({
  name: "audit-logs",
  types: ["gcp:projects/iAMAuditConfig:IAMAuditConfig", logBucket],
  severity: "medium",
  description: "Audit logs cover every member, and their buckets keep them long enough.",
  remedy: "Leave exemptedMembers out, and set the log bucket's retentionDays to minDays or more.",
  settings: {
    minDays: { type: "number", default: 365, description: "Minimum number of days that audit logs are kept." },
    buckets: {
      type: "array",
      items: { type: "string" },
      default: ["audit"],
      description: "A log bucket whose id contains one of these is for audit logs.",
    },
  },
  check: (props, report, { args, setting }) => {
    if (args.type === logBucket) {
      const minDays = setting<number>("minDays");
      const isAudit = () => setting<string[]>("buckets").some((word) => String(props.bucketId).includes(word));
      if (allOf(isAudit, () => !(Number(props.retentionDays) >= minDays)))
        report("retentionDays", `${props.retentionDays ?? 30} is not ${minDays} or more`, `set ${minDays}`);
      return;
    }
    each(items(props.auditLogConfigs), ({ exemptedMembers }, i) => {
      const members = texts(exemptedMembers);
      for (const at of members.keys())
        report(
          `auditLogConfigs[${i}].exemptedMembers`,
          `actions of ${textOf(() => members[at])} are not logged`,
          "leave it out",
        );
    });
  },
});

// What policy audit-logs lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { auditLogs } from "./audit-logs.ts";

const config = (exemptedMembers?: string[]) =>
  gcp("projects/iAMAuditConfig:IAMAuditConfig", { auditLogConfigs: [{ logType: "DATA_READ", exemptedMembers }] });
const bucket = (bucketId: string, retentionDays?: number) =>
  gcp("logging/projectBucketConfig:ProjectBucketConfig", { bucketId, retentionDays });

table(auditLogs, {
  passes: {
    everybody: config(),
    "a year and more": bucket("agentic-audit", 400),
    "logs of another kind": bucket("debug", 7),
    "a shorter time where that is allowed": bucket("agentic-audit", 90),
  },
  violates: {
    "somebody left out": [config(["user:root@acme.example"]), "actions of user:root@acme.example are not logged"],
    "Google's default": [bucket("agentic-audit"), "30 is not 365 or more"],
  },
  settings: { "a shorter time where that is allowed": { minDays: 90 } },
});

// Rules about who may do what in the cluster.
import type { Rule } from "../../rule.ts";
import { approvers } from "./approvers.ts";
import { clusterAdmin } from "./cluster-admin.ts";
import { clusterSecrets } from "./cluster-secrets.ts";
import { endpoints } from "./endpoints.ts";
import { escalation } from "./escalation.ts";
import { namedSubjects } from "./named-subjects.ts";
import { nodeAccess } from "./node-access.ts";
import { wildcards } from "./wildcards.ts";

export const rbac: readonly Rule[] = [
  approvers,
  clusterAdmin,
  clusterSecrets,
  endpoints,
  escalation,
  namedSubjects,
  nodeAccess,
  wildcards,
];

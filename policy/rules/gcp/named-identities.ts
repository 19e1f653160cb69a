// Federated identities must be single service accounts, not whole pools.
import { gcpRule, memberships, membersOf } from "../../kinds/gcp.ts";

export const namedIdentities = gcpRule({
  name: "iam-named-identities",
  types: memberships,
  severity: "high",
  description: "Roles for workloads are bound to one Kubernetes service account, not to a pool, cluster or namespace.",
  remedy: "Use principal://iam.googleapis.com/…/subject/ns/<namespace>/sa/<service account>.",
  check: (props, report) => {
    for (const { path, member } of membersOf(props))
      if (/^principalSet:\/\/iam\.googleapis\.com\/.*\/workloadIdentityPools\//i.test(member))
        report(
          path,
          "a principalSet covers every pod that it matches, also future ones",
          "bind principal://…/subject/ns/<namespace>/sa/<service account>",
        );
  },
});

// Roles must not reach kubelets, other accounts' tokens or certificate approval.
import { roleRule } from "../../kinds/roles.ts";
import { each } from "../../unknown.ts";
import { texts } from "../../values.ts";

const dangerous: Readonly<Record<string, string>> = {
  "nodes/proxy": "it runs commands in every pod through the kubelet, past audit and admission",
  "serviceaccounts/token": "it makes tokens of any account",
  "certificatesigningrequests/approval": "it approves certificates of any user",
};

export const nodeAccess = roleRule(
  {
    name: "rbac-node-access",
    severity: "critical",
    description: "No ClusterRole reaches kubelets, makes other accounts' tokens or approves certificates.",
    remedy: "Leave the resource out, or use a Role with the one account in resourceNames.",
  },
  ({ rule, path, cluster }, report) => {
    if (!cluster || (Array.isArray(rule.resourceNames) && rule.resourceNames.length > 0)) return;
    each(texts(rule.resources), (resource) => {
      if (dangerous[resource]) report(`${path}.resources`, `${resource}: ${dangerous[resource]}`, "leave it out");
    });
  },
);

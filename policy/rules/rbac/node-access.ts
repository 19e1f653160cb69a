// Roles must not reach kubelets, others' pods, other accounts' tokens or certificate approval.
import { grantedVerbs, isNamed, type Right, roleRule } from "../../kinds/roles.ts";
import { gather } from "../../unknown.ts";

/** Whoever gets into a pod has its account and its files; a GET is enough for a client that speaks WebSocket. */
const intoPods = "it gets into every pod, and has the account and the Secrets of each";

const dangerous: readonly (Right & { why: string })[] = [
  {
    ...{ group: "", resource: "nodes/proxy", verbs: ["get", "create", "update", "patch", "delete"] },
    why: "it runs commands in every pod through the kubelet, past audit and admission",
  },
  { group: "", resource: "pods/exec", verbs: ["get", "create"], why: intoPods },
  { group: "", resource: "pods/attach", verbs: ["get", "create"], why: intoPods },
  { group: "", resource: "pods/ephemeralcontainers", verbs: ["update", "patch"], why: intoPods },
  { group: "", resource: "serviceaccounts/token", verbs: ["create"], why: "it creates tokens of any account" },
  {
    ...{ group: "certificates.k8s.io", resource: "certificatesigningrequests/approval", verbs: ["update", "patch"] },
    why: "it approves certificates of any user",
  },
  {
    ...{ group: "certificates.k8s.io", resource: "signers", verbs: ["approve", "sign"] },
    why: "it approves or signs certificates of any user",
  },
];

export const nodeAccess = roleRule({
  name: "rbac-node-access",
  severity: "critical",
  description:
    "No ClusterRole reaches kubelets, gets into others' pods, creates other accounts' tokens or approves certificates.",
  remedy: "Leave the resource out, or use a Role, or one with the single account in resourceNames.",
  check: ({ rule, path, cluster }, report) => {
    if (!cluster || isNamed(rule)) return;
    const found = gather(dangerous, (right) => (grantedVerbs(rule, right).length > 0 ? [right] : []));
    const [first, ...others] = found;
    if (!first) return;
    const names = found.map(({ resource }) => resource).join(", ");
    report(
      `${path}.resources`,
      others.length === 0 ? `${names}: ${first.why}` : `the rule grants ${names}`,
      "leave them out",
    );
  },
});

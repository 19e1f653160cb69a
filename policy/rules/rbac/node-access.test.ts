// What policy rbac-node-access lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { nodeAccess } from "./node-access.ts";

const rules = (resource: string, more = {}) => ({
  rules: [{ apiGroups: [""], resources: [resource], verbs: ["create"], ...more }],
});
const certificates = { apiGroups: ["certificates.k8s.io"] };

table(nodeAccess, {
  passes: {
    "nodes themselves": object("ClusterRole", rules("nodes")),
    "the token of one account": object("ClusterRole", rules("serviceaccounts/token", { resourceNames: ["one"] })),
    "tokens in one namespace": object("Role", rules("serviceaccounts/token")),
    "commands in one namespace's pods": object("Role", rules("pods/exec")),
    "pods without what is below them": object("ClusterRole", rules("pods")),
    "what the API server knows for none": object("ClusterRole", rules("pods/*")),
    "everything of another group": object("ClusterRole", rules("*", { apiGroups: ["apps"] })),
    "asking for a certificate": object("ClusterRole", rules("certificatesigningrequests", certificates)),
  },
  violates: {
    kubelets: [object("ClusterRole", rules("nodes/proxy")), "nodes/proxy"],
    "kubelets by a GET, which a WebSocket is": [
      object("ClusterRole", rules("nodes/proxy", { verbs: ["get"] })),
      "nodes/proxy",
    ],
    "anybody's token": [object("ClusterRole", rules("serviceaccounts/token")), "tokens of any account"],
    "the tokens of everything": [object("ClusterRole", rules("*/token")), "serviceaccounts/token"],
    "commands in every pod": [object("ClusterRole", rules("pods/exec", { apiGroups: ["*"] })), "pods/exec"],
    "commands in every pod by whom its name would excuse": [
      object("ClusterRole", { ...rules("pods/exec"), metadata: { name: "workflow-controller" } }),
      "pods/exec",
    ],
    "every subresource by every verb": [
      object("ClusterRole", rules("*", { verbs: ["*"] })),
      "nodes/proxy, pods/exec, pods/attach, pods/ephemeralcontainers, serviceaccounts/token",
    ],
    "anybody's certificate": [
      object("ClusterRole", rules("certificatesigningrequests/approval", { ...certificates, verbs: ["update"] })),
      "certificates of any user",
    ],
    "any signer's name": [
      object("ClusterRole", rules("signers", { ...certificates, verbs: ["approve"] })),
      "certificates of any user",
    ],
  },
});

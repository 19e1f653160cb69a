// What policy network-open-rules lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { openRules } from "./open-rules.ts";

const policy = (spec: object, annotations = {}) =>
  object("NetworkPolicy", { metadata: { name: "one", annotations }, spec });
const ports = [{ port: 53 }];
const from = (...peers: object[]) => policy({ ingress: [{ from: peers, ports }] });
const named = { matchLabels: { "kubernetes.io/metadata.name": "one" } };
const key = "kubernetes.io/metadata.name";

table(openRules, {
  passes: {
    "peers and ports": policy({ egress: [{ to: [{ podSelector: {} }], ports }] }),
    "peers that come in": policy({ ingress: [{ from: [{ podSelector: {} }], ports }] }),
    "nothing allowed": policy({ podSelector: {}, policyTypes: ["Ingress"] }),
    "whom only the annotation names": policy(
      { ingress: [{ ports }] },
      { "agentic.io/internet": "webhooks of the API server" },
    ),
    "pods of namespaces by their label": from(
      { namespaceSelector: named },
      { namespaceSelector: { matchExpressions: [{ key: "team", operator: "Exists" }] } },
      { namespaceSelector: { matchExpressions: [{ key, operator: "In", values: ["one"] }] } },
    ),
    "pods of every namespace by their own label": from({ namespaceSelector: {}, podSelector: named }),
    "pods to go to by their own label": policy({
      egress: [{ to: [{ namespaceSelector: {}, podSelector: named }], ports }],
    }),
    "a range": from({ ipBlock: { cidr: "10.0.0.0/8" } }),
    "pods of every namespace, with the reason": policy(
      { ingress: [{ from: [{ namespaceSelector: {} }], ports }] },
      { "agentic.io/all-namespaces": "they bring a token" },
    ),
    "rules of a side for which it is not in effect": policy({ policyTypes: ["Egress"], ingress: [{}] }),
  },
  violates: {
    "everyone on every port": [policy({ egress: [{}] }), "egress[0].to: the rule allows everyone", "egress[0].ports"],
    "pods of every namespace": [from({ namespaceSelector: {} }), "ingress[0].from[0].namespaceSelector"],
    "pods of every namespace, to go to": [
      policy({ egress: [{ to: [{ namespaceSelector: {}, podSelector: {} }], ports }] }),
      "egress[0].to[0].namespaceSelector: the rule allows the pods of every namespace",
    ],
    "pods of every namespace by a label that each has": [
      from({ namespaceSelector: { matchExpressions: [{ key, operator: "Exists" }] } }),
      "ingress[0].from[0].namespaceSelector",
    ],
    "pods of all namespaces but one": [
      from({ namespaceSelector: { matchExpressions: [{ key, operator: "NotIn", values: ["one"] }] } }),
      "ingress[0].from[0].namespaceSelector",
    ],
    "a peer that is nothing": [from({}), "ingress[0].from[0].namespaceSelector"],
    "a side for which it is in effect by its own word": [
      policy({ policyTypes: ["Ingress"], ingress: [{}], egress: [{}] }),
      "ingress[0].from",
      "ingress[0].ports",
    ],
    "both sides where no type is named": [
      policy({ policyTypes: [], ingress: [{ ports }], egress: [{ ports }] }),
      "ingress[0].from",
      "egress[0].to",
    ],
    everyone: [policy({ ingress: [{ ports }] }), "ingress[0].from: the rule allows everyone"],
  },
});

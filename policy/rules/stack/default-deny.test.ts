// What policy default-deny lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { defaultDeny } from "./default-deny.ts";

const deny = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const namespace = (name: string, spec?: object) => [
  object("Namespace", { metadata: { name } }),
  ...(spec ? [object("NetworkPolicy", { metadata: { name: "deny", namespace: name }, spec })] : []),
];

table(defaultDeny, {
  passes: {
    "a closed namespace": namespace("closed", deny),
    "several, each closed": ["half", "open", "some", "none"].flatMap((name) => namespace(name, deny)),
  },
  violates: {
    "open ones": [
      [
        ...namespace("closed", deny),
        ...namespace("half", { ...deny, policyTypes: ["Ingress"] }),
        ...namespace("open", { ...deny, egress: [{}] }),
        ...namespace("some", { ...deny, podSelector: { matchLabels: { app: "a" } } }),
        ...namespace("none"),
      ],
      "namespace half: all traffic is allowed",
      "namespace open",
      "namespace some",
      "namespace none",
    ],
  },
});

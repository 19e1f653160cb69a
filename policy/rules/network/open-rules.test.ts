import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { openRules } from "./open-rules.ts";

const policy = (spec: object, annotations = {}) =>
  object("NetworkPolicy", { metadata: { name: "one", annotations }, spec });
const ports = [{ port: 53 }];

table(openRules, {
  passes: {
    "peers and ports": policy({ egress: [{ to: [{ podSelector: {} }], ports }] }),
    "peers that come in": policy({ ingress: [{ from: [{ podSelector: {} }], ports }] }),
    "nothing allowed": policy({ podSelector: {}, policyTypes: ["Ingress"] }),
    "whom only the annotation names": policy(
      { ingress: [{ ports }] },
      { "agentic.io/internet": "webhooks of the API server" },
    ),
  },
  violates: {
    "everyone on every port": [policy({ egress: [{}] }), "egress[0].to: the rule allows everyone", "egress[0].ports"],
    everyone: [policy({ ingress: [{ ports }] }), "ingress[0].from: the rule allows everyone"],
  },
});

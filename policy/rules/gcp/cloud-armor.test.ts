// What policy cloud-armor lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { cloudArmor } from "./cloud-armor.ts";

const waf = { action: "deny(403)", match: { expr: { expression: "evaluatePreconfiguredWaf('xss-v33-stable')" } } };
const limit = { action: "throttle", rateLimitOptions: { conformAction: "allow" } };
const policy = (rules: object[], more: object = {}) => gcp("compute/securityPolicy:SecurityPolicy", { rules, ...more });

table(cloudArmor, {
  passes: {
    both: policy([waf, limit]),
    "a policy of another kind": policy([], { type: "CLOUD_ARMOR_EDGE" }),
  },
  violates: {
    neither: [policy([]), "no rule looks for known attacks", "one client may use up"],
    "rules that only count": [policy([{ ...waf, preview: true }, limit]), "rules[0].preview"],
  },
});

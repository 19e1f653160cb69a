// Cloud Armor policies must stop known attacks and limit requests.
import { blockAt, gcpRule } from "../../kinds/gcp.ts";
import { each, independently, some } from "../../unknown.ts";
import { type Fields, items } from "../../values.ts";

export const cloudArmor = gcpRule({
  name: "cloud-armor",
  types: ["gcp:compute/securityPolicy:SecurityPolicy"],
  severity: "medium",
  description:
    "Policies of Cloud Armor have rules against known attacks and a rate limit, and all of them are enforced.",
  remedy: "Add rules with evaluatePreconfiguredWaf(…) and with rateLimitOptions, and leave preview out.",
  check: (props, report) => {
    // Rules may be resources of their own; edge and network policies know no WAF.
    if (props.rules === undefined || (props.type !== undefined && props.type !== "CLOUD_ARMOR")) return;
    const rules = items(props.rules);
    independently(
      () => {
        if (!some(rules, (rule) => /evaluatePreconfiguredWaf\(/.test(expression(rule))))
          report(
            "rules",
            "no rule looks for known attacks",
            "add one with evaluatePreconfiguredWaf('sqli-v33-stable', …)",
          );
      },
      () => {
        if (!some(rules, ({ action }) => action === "throttle" || action === "rate_based_ban"))
          report(
            "rules",
            "one client may use up the whole capacity",
            "add one with action throttle and rateLimitOptions",
          );
      },
      () =>
        each(rules, ({ preview }, i) => {
          if (preview === true) report(`rules[${i}].preview`, "the rule logs requests and stops none", "leave it out");
        }),
    );
  },
});

const expression = (rule: Fields): string => String(blockAt(rule, "match", "expr").expression ?? "");

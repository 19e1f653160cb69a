// Rules over PersistentVolumeClaims, alone or in a StatefulSet.
import type { Context, Report, ResourceRule, RuleText } from "../rule.ts";
import { each } from "../unknown.ts";
import { type Fields, fields, items } from "../values.ts";
import { objectRule } from "./nested.ts";
import { kindOf } from "./types.ts";

/** A rule about each claim's spec. */
export function claimRule(
  text: RuleText,
  check: (claim: { path: string; spec: Fields }, report: Report, context: Context) => void,
): ResourceRule {
  return objectRule("data", ["PersistentVolumeClaim", "StatefulSet"], text, ({ spec }, report, context) => {
    if (kindOf(context.args.type) === "PersistentVolumeClaim")
      check({ path: "spec", spec: fields(spec) }, report, context);
    else
      each(items(fields(spec).volumeClaimTemplates), (claim, i) =>
        check({ path: `spec.volumeClaimTemplates[${i}].spec`, spec: fields(claim.spec) }, report, context),
      );
  });
}

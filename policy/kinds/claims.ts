// Claims for volumes, alone or in a StatefulSet.
import type { Context, Report, ResourceRule, RuleText } from "../rule.ts";
import { type Fields, fields, items } from "../values.ts";
import { objectRule } from "./objects.ts";

/** A rule about each claim's spec. */
export function claimRule(
  text: RuleText,
  check: (claim: { path: string; spec: Fields }, report: Report, context: Context) => void,
): ResourceRule {
  return objectRule("data", ["PersistentVolumeClaim", "StatefulSet"], text, ({ kind, spec }, report, context) => {
    const claims =
      kind === "PersistentVolumeClaim"
        ? [{ path: "spec", spec: fields(spec) }]
        : items(fields(spec).volumeClaimTemplates).map((claim, i) => ({
            path: `spec.volumeClaimTemplates[${i}].spec`,
            spec: fields(claim.spec),
          }));
    for (const claim of claims) check(claim, report, context);
  });
}

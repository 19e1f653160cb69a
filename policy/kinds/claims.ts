// Rules over PersistentVolumeClaims, alone or in a StatefulSet.
import type { CheckedRule, ResourceRule } from "../rule.ts";
import { each } from "../unknown.ts";
import { type Fields, fields, items } from "../values.ts";
import { objectRule } from "./nested.ts";
import { kindOf } from "./types.ts";

/** A claim's spec, with its path in the object. */
interface Claim {
  path: string;
  spec: Fields;
}

/** A rule about each claim's spec. */
export const claimRule = ({ check, ...text }: CheckedRule<Claim>): ResourceRule =>
  objectRule({
    ...text,
    area: "data",
    kinds: ["PersistentVolumeClaim", "StatefulSet"],
    check: ({ spec }, report, context) => {
      if (kindOf(context.args.type) === "PersistentVolumeClaim")
        check({ path: "spec", spec: fields(spec) }, report, context);
      else
        each(items(fields(spec).volumeClaimTemplates), (claim, i) =>
          check({ path: `spec.volumeClaimTemplates[${i}].spec`, spec: fields(claim.spec) }, report, context),
        );
    },
  });

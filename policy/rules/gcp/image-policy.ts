// The Binary Authorization policy must block images by default.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { each, independently } from "../../unknown.ts";
import { type Fields, items } from "../../values.ts";

const enforced = "ENFORCED_BLOCK_AND_AUDIT_LOG";

export const imagePolicy = gcpRule({
  name: "binary-authorization-policy",
  types: ["gcp:binaryauthorization/policy:Policy"],
  severity: "high",
  description:
    "The project's policy of Binary Authorization blocks images in its clusters, and no pattern allows every image.",
  remedy:
    "Give the cluster a rule with ALWAYS_DENY or REQUIRE_ATTESTATION and ENFORCED_BLOCK_AND_AUDIT_LOG, and patterns that name repositories.",
  check: (props, report) => {
    const clusters = () => items(props.clusterAdmissionRules);
    const judge = (path: string, rule: Fields) =>
      independently(
        () => {
          const { evaluationMode } = rule;
          if (evaluationMode !== "ALWAYS_DENY" && evaluationMode !== "REQUIRE_ATTESTATION")
            report(`${path}.evaluationMode`, "any image may start", "set ALWAYS_DENY or REQUIRE_ATTESTATION");
        },
        () => {
          if (rule.enforcementMode !== enforced)
            report(`${path}.enforcementMode`, "a refused image starts nevertheless", `set ${enforced}`);
        },
      );
    independently(
      () => each(clusters(), (rule, i) => judge(`clusterAdmissionRules[${i}]`, rule)),
      () => {
        // A cluster without a rule is somebody else's; if there are no rules, the default applies to all clusters.
        if (clusters().length === 0) judge("defaultAdmissionRule", block(props.defaultAdmissionRule));
      },
      () =>
        each(items(props.admissionWhitelistPatterns), ({ namePattern }, i) => {
          if (/^[^/]*\*/.test(String(namePattern)))
            report(`admissionWhitelistPatterns[${i}]`, `${namePattern} matches any registry`, "name the repository");
        }),
    );
  },
});

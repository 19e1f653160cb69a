// Binary Authorization's policy refuses something.
import { block, gcpRule } from "../../kinds/gcp.ts";
import { type Fields, items } from "../../values.ts";

const enforced = "ENFORCED_BLOCK_AND_AUDIT_LOG";

export const imagePolicy = gcpRule(
  ["gcp:binaryauthorization/policy:Policy"],
  {
    name: "binary-authorization-policy",
    severity: "high",
    description:
      "The project's policy of Binary Authorization blocks images in its clusters, and no pattern lets all in.",
    remedy:
      "Give the cluster a rule with ALWAYS_DENY or REQUIRE_ATTESTATION and ENFORCED_BLOCK_AND_AUDIT_LOG, and patterns that name repositories.",
  },
  (props, report) => {
    const clusters = items(props.clusterAdmissionRules).map(
      (rule, i) => [`clusterAdmissionRules[${i}]`, rule] as [string, Fields],
    );
    // Clusters that no rule is about are somebody else's; where there are no rules, the default is for all.
    const rules =
      clusters.length > 0 ? clusters : [["defaultAdmissionRule", block(props.defaultAdmissionRule)] as const];
    for (const [path, { evaluationMode, enforcementMode }] of rules) {
      if (evaluationMode !== "ALWAYS_DENY" && evaluationMode !== "REQUIRE_ATTESTATION")
        report(`${path}.evaluationMode`, "any image starts", "set ALWAYS_DENY or REQUIRE_ATTESTATION");
      if (enforcementMode !== enforced)
        report(`${path}.enforcementMode`, "what is refused starts all the same", `set ${enforced}`);
    }
    for (const [i, { namePattern }] of items(props.admissionWhitelistPatterns).entries())
      if (/^[^/]*\*/.test(String(namePattern)))
        report(`admissionWhitelistPatterns[${i}]`, `${namePattern} is any registry`, "name the repository");
  },
);

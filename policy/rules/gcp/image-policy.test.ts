// What policy binary-authorization-policy lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { imagePolicy } from "./image-policy.ts";

const enforcementMode = "ENFORCED_BLOCK_AND_AUDIT_LOG";
const allow = { evaluationMode: "ALWAYS_ALLOW", enforcementMode };
const deny = { evaluationMode: "ALWAYS_DENY", enforcementMode };
const policy = (props: object) => gcp("binaryauthorization/policy:Policy", { ...props });

table(imagePolicy, {
  passes: {
    "one cluster, others left alone": policy({ defaultAdmissionRule: allow, clusterAdmissionRules: [deny] }),
    "all clusters, with repositories": policy({
      defaultAdmissionRule: deny,
      admissionWhitelistPatterns: [{ namePattern: "europe-west1-docker.pkg.dev/p/r/*" }],
    }),
  },
  violates: {
    nothing: [policy({}), "defaultAdmissionRule.evaluationMode", "defaultAdmissionRule.enforcementMode"],
    "everything is allowed": [policy({ clusterAdmissionRules: [allow] }), "clusterAdmissionRules[0].evaluationMode"],
    "only told": [
      policy({ clusterAdmissionRules: [{ ...deny, enforcementMode: "DRYRUN_AUDIT_LOG_ONLY" }] }),
      "a refused image starts nevertheless",
    ],
    "a pattern for all": [
      policy({ defaultAdmissionRule: deny, admissionWhitelistPatterns: [{ namePattern: "*" }] }),
      "* matches any registry",
    ],
  },
});

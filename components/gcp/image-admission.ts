// Binary Authorization: which images the cluster may run, decided by Google before the kubelet pulls one.
import { Policy } from "@pulumi/gcp/binaryauthorization/policy.js";
import * as pulumi from "@pulumi/pulumi";
import { checkScope, type GcpScope } from "./scope.ts";

export interface ImageAdmissionArgs extends GcpScope {
  /** Name of the cluster. */
  cluster: string;
  /** References of the images that may run, with tag or digest; any tag and digest of their repositories may. */
  images: readonly string[];
  /** Attestors, by full name, who must have signed every image that isn't in the list; absent: no other image runs. */
  attestors?: readonly string[];
}

/** Repository of a reference: what stands before the tag or the digest. */
export function repositoryOf(image: string): string {
  const bare = image.split("@")[0] ?? "";
  const slash = bare.lastIndexOf("/");
  const colon = bare.indexOf(":", slash + 1);
  return colon < 0 ? bare : bare.slice(0, colon);
}

/**
 * The project's policy, of which there is one: the platform's cluster gets a rule of its own, other clusters keep running
 * what they run. Signatures of our own images are checked by the Sigstore Policy Controller inside the cluster.
 */
export class ImageAdmission extends pulumi.ComponentResource {
  constructor(name: string, args: ImageAdmissionArgs, options?: pulumi.ComponentResourceOptions) {
    checkScope(args);
    if (args.images.length === 0) throw new Error("images: is empty, so that nothing could run: name the images");
    const invalidImage = args.images.find((image) => !/^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+([:@]|$)/.test(image));
    if (invalidImage !== undefined) throw new Error(`images: '${invalidImage}' has no registry: write it in full`);
    const invalidAttestor = args.attestors?.find((attestor) => !/^projects\/[^/]+\/attestors\/[^/]+$/.test(attestor));
    if (invalidAttestor !== undefined)
      throw new Error(`attestors: '${invalidAttestor}' is not an attestor such as projects/my-project/attestors/built`);
    super("agentic:gcp:ImageAdmission", name, {}, options);
    const repositories = [...new Set(args.images.map(repositoryOf))].sort();
    new Policy(
      name,
      {
        project: args.project,
        description: "Images of the agentic platform",
        // Google's own system images.
        globalPolicyEvaluationMode: "ENABLE",
        defaultAdmissionRule: { evaluationMode: "ALWAYS_ALLOW", enforcementMode: "ENFORCED_BLOCK_AND_AUDIT_LOG" },
        admissionWhitelistPatterns: repositories.flatMap((repository) => [
          { namePattern: `${repository}:*` },
          { namePattern: `${repository}@*` },
        ]),
        clusterAdmissionRules: [
          {
            cluster: `${args.region}.${args.cluster}`,
            enforcementMode: "ENFORCED_BLOCK_AND_AUDIT_LOG",
            ...(args.attestors?.length
              ? { evaluationMode: "REQUIRE_ATTESTATION", requireAttestationsBies: [...args.attestors] }
              : { evaluationMode: "ALWAYS_DENY" }),
          },
        ],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

// What an image must show to be admitted: who vouches for it, and what is attested about it.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { waitUntilReady } from "../wait.ts";
import { type Attestation, type Authority, checkAuthority, type Keyless, policyOf } from "./image-authority.ts";
import { globExpression } from "./image-globs.ts";
import { labels } from "./labels.ts";
import { policyControllerPart } from "./policy-controller.ts";
import { POLICY_GROUP } from "./policy-controller-definitions.ts";
import type { StatementPolicy } from "./statement-policies.ts";

/** Objects that a policy is about. */
export interface PolicyMatch {
  /** API group; "" is the core one. */
  group: string;
  version: string;
  resource: "pods" | "deployments" | "replicasets" | "statefulsets" | "daemonsets" | "jobs" | "cronjobs";
  /** Labels that they have. Default: any. */
  matchLabels?: Record<string, string>;
}

export interface ImagePolicyArgs {
  /** Name of the ClusterImagePolicy. Default: the resource's. */
  policyName?: string;
  /** Patterns of image names: `*` is anything but a slash, `**` anything. An image must pass every policy that matches it. */
  images: readonly string[];
  /** At least one of them must vouch for an image. */
  authorities: readonly Authority[];
  /** `warn` admits what it would refuse, and says so. Default `enforce`. */
  mode?: "enforce" | "warn";
  /** Default: whatever makes pods. */
  match?: readonly PolicyMatch[];
  /** What all authorities' answers together must satisfy. */
  policy?: StatementPolicy;
}

/** Sigstore's public services. */
const fulcio = "https://fulcio.sigstore.dev";
const rekor = "https://rekor.sigstore.dev";

/** One ClusterImagePolicy, ready once the controller enforces it. */
export class ImagePolicy extends pulumi.ComponentResource {
  readonly policy: CustomResource;

  constructor(name: string, args: ImagePolicyArgs, options?: pulumi.ComponentResourceOptions) {
    const { policyName = name, images, authorities, mode = "enforce", match, policy } = args;
    if (images.length === 0) throw new Error("images: none is named, so the policy is about nothing");
    for (const [i, glob] of images.entries()) {
      try {
        globExpression(glob);
      } catch (error) {
        throw new Error(`images[${i}]: ${(error as Error).message}`);
      }
    }
    if (authorities.length === 0)
      throw new Error('authorities: nobody vouches for the images: name a key, a keyless identity or static "pass"');
    for (const [i, authority] of authorities.entries()) checkAuthority(authority, `authorities[${i}]`);
    super("agentic:security:ImagePolicy", name, {}, options);
    this.policy = new CustomResource(
      name,
      {
        apiVersion: `${POLICY_GROUP}/v1beta1`,
        kind: "ClusterImagePolicy",
        metadata: {
          name: policyName,
          labels: labels(policyControllerPart),
          annotations: waitUntilReady,
        },
        spec: {
          mode,
          images: images.map((glob) => ({ glob })),
          authorities: authorities.map(authoritySpec),
          ...(match ? { match: match.map(matchSpec) } : {}),
          ...(policy ? { policy: { ...policy } } : {}),
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function authoritySpec(authority: Authority, i: number) {
  const { name = `authority-${i}` } = authority;
  if ("static" in authority)
    return {
      name,
      static: { action: authority.static, ...(authority.message ? { message: authority.message } : {}) },
    };
  const attestations = authority.attestations?.length
    ? { attestations: authority.attestations.map(attestationSpec) }
    : {};
  if ("keyless" in authority) return { name, ...keylessSpec(authority.keyless), ...attestations };
  const { key } = authority;
  const source = "secretRef" in key ? { secretRef: { name: key.secretRef } } : { ...key };
  // Written out, though it is the default: it is the only format that the controller supports with a key.
  return { name, key: { hashAlgorithm: "sha256", ...source }, signatureFormat: "legacy", ...attestations };
}

function attestationSpec(attestation: Attestation) {
  const { name, predicateType } = attestation;
  const policy = policyOf(attestation);
  return { name, predicateType, ...(policy ? { policy: { ...policy } } : {}) };
}

function keylessSpec({ url = fulcio, transparencyLog = rekor, trustRoot, certificateLog, ...identity }: Keyless) {
  const root = trustRoot ? { trustRootRef: trustRoot } : {};
  const unlogged = certificateLog === false ? { insecureIgnoreSCT: true } : {};
  return {
    keyless: { url, identities: [{ ...identity }], ...root, ...unlogged },
    ctlog: { url: transparencyLog, ...root },
  };
}

function matchSpec({ matchLabels, ...of }: PolicyMatch) {
  return { ...of, ...(matchLabels ? { selector: { matchLabels } } : {}) };
}

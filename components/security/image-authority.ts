// Who vouches for images, checked before anything is created: the controller would refuse a wrong one later, or never match it.
import {
  type ProvenanceRequirement,
  provenancePolicy,
  type ScanRequirement,
  type StatementPolicy,
  scanPolicy,
  statementTypes,
} from "./statement-policies.ts";
import { checkPublicKey, checkUrl } from "./trusted-keys.ts";

/** A public key, given in one of three ways. */
export type KeySource =
  /** PEM. */
  | { data: string }
  /** A Secret in the controller's namespace with the key as `cosign.pub`. */
  | { secretRef: string }
  /** URL of a key in a cloud: gcpkms://, awskms://, azurekms:// or hashivault://. */
  | { kms: string };

/** A signer without a key: an identity that an OpenID provider confirms. */
export type Identity = ({ issuer: string } | { issuerRegExp: string }) &
  ({ subject: string } | { subjectRegExp: string });

export type Keyless = Identity & {
  /** Fulcio that gave the certificate. Default: Sigstore's public one. */
  url?: string;
  /** Rekor that has the signature on record. Default: Sigstore's public one. */
  transparencyLog?: string;
  /** TrustRoot that holds what both are trusted by. Default: Sigstore's public roots. */
  trustRoot?: string;
  /** Whether the signer's certificate must prove that it is in a log of the trust root. Default true. */
  certificateLog?: boolean;
};

/** A signed statement that must be there. What it must say is asked for in at most one of three ways. */
export interface Attestation {
  name: string;
  /** URI of the kind of statement, such as https://slsa.dev/provenance/v1. */
  predicateType: string;
  policy?: StatementPolicy;
  /** For provenance: who built the image, and when. */
  provenance?: ProvenanceRequirement;
  /** For a scan for vulnerabilities: that there was one, and when. */
  scan?: ScanRequirement;
}

/** The policy over the statement that an attestation asks for. Throws with the field's path, below that of the attestation, where it is not valid. */
export function policyOf({ policy, provenance, scan }: Attestation): StatementPolicy | undefined {
  if (provenance) return provenancePolicy(provenance);
  return scan ? scanPolicy(scan) : policy;
}

/** A party that vouches for images. With attestations it needn't have signed the image itself: ask for both by two policies. */
export type Authority = { name?: string } & (
  | { key: KeySource; attestations?: readonly Attestation[] }
  | { keyless: Keyless; attestations?: readonly Attestation[] }
  /** Nobody is asked: all images pass, or all fail with the message. */
  | { static: "pass" | "fail"; message?: string }
);

const kms = /^(awskms|azurekms|gcpkms|hashivault):\/\/.+/;

/** Throws where `authority` is not valid; `at` is the path of the argument. */
export function checkAuthority(authority: Authority, at: string): void {
  const kinds = ["key", "keyless", "static"].filter((kind) => kind in authority);
  if (kinds.length !== 1)
    throw new Error(`${at}: it has ${kinds.join(" and ") || "neither"}: give one of key, keyless and static`);
  if ("static" in authority) {
    if (authority.static !== "pass" && authority.static !== "fail")
      throw new Error(`${at}.static: '${String(authority.static)}' is neither pass nor fail`);
    if (authority.static === "pass" && authority.message)
      throw new Error(`${at}.message: only a static fail says something`);
    if ("attestations" in authority)
      throw new Error(`${at}.attestations: with static nothing is asked for: leave them out`);
    return;
  }
  if ("key" in authority) checkKey(authority.key, `${at}.key`);
  else checkKeyless(authority.keyless, `${at}.keyless`);
  const { attestations = [] } = authority;
  const names = attestations.map(({ name }) => name);
  for (const [i, attestation] of attestations.entries()) {
    checkAttestation(attestation, `${at}.attestations[${i}]`);
    if (names.indexOf(attestation.name) !== i)
      throw new Error(`${at}.attestations[${i}].name: '${attestation.name}' is another one's name already`);
  }
}

function checkKey(key: KeySource, at: string): void {
  const fields = Object.keys(key);
  if (fields.length !== 1)
    throw new Error(`${at}: it has ${fields.join(" and ") || "nothing"}: give one of data, secretRef and kms`);
  if ("kms" in key && !kms.test(key.kms))
    throw new Error(
      `${at}.kms: '${key.kms}' is not a valid key URL: it must begin with gcpkms://, awskms://, azurekms:// or hashivault://`,
    );
  if ("secretRef" in key && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(key.secretRef))
    throw new Error(`${at}.secretRef: '${key.secretRef}' is not a valid Secret name`);
  if (!("data" in key)) return;
  checkPublicKey(key.data, `${at}.data`);
}

function checkKeyless(keyless: Keyless, at: string): void {
  for (const what of ["issuer", "subject"] as const) {
    const fields = [what, `${what}RegExp`].filter((field) => field in keyless);
    if (fields.length !== 1)
      throw new Error(`${at}: give either ${what} or ${what}RegExp: an identity without one would be anybody's`);
    const text: unknown = Object.entries(keyless).find(([field]) => field === `${what}RegExp`)?.[1];
    if (typeof text === "string") checkExpression(text, `${at}.${what}RegExp`);
  }
  for (const field of ["url", "transparencyLog"] as const)
    if (keyless[field] !== undefined) checkUrl(keyless[field], `${at}.${field}`);
  if (keyless.certificateLog === false && !keyless.trustRoot)
    throw new Error(
      `${at}.certificateLog: Sigstore's public certificates are in a log: leave it out, or name a trustRoot`,
    );
}

/** The controller matches anywhere in a name: without ^ and $ it would find `https://github.com/acme` inside another one. */
function checkExpression(text: string, at: string): void {
  if (!text.startsWith("^") || !text.endsWith("$"))
    throw new Error(`${at}: '${text}' would match inside of longer names too: write it from ^ to $`);
  try {
    new RegExp(text);
  } catch (error) {
    throw new Error(`${at}: ${(error as Error).message}`);
  }
}

function checkAttestation(attestation: Attestation, at: string): void {
  const { name, predicateType, policy } = attestation;
  if (!name) throw new Error(`${at}.name: it is missing`);
  if (!URL.canParse(predicateType))
    throw new Error(
      `${at}.predicateType: '${predicateType}' is not a valid URI such as https://slsa.dev/provenance/v1`,
    );
  if (policy && !policy.data.trim()) throw new Error(`${at}.policy.data: it is empty`);
  const fields = (["policy", "provenance", "scan"] as const).filter((field) => attestation[field]);
  if (fields.length > 1)
    throw new Error(`${at}: it has ${fields.join(" and ")}: give one of policy, provenance and scan`);
  const kinds = { provenance: statementTypes.provenance, scan: statementTypes.vulnerabilities };
  for (const field of ["provenance", "scan"] as const)
    if (attestation[field] && predicateType !== kinds[field])
      throw new Error(`${at}.predicateType: '${predicateType}' is not what ${field} is about: ${kinds[field]}`);
  try {
    policyOf(attestation);
  } catch (error) {
    throw new Error(`${at}.${fields[0]}.${(error as Error).message}`);
  }
}

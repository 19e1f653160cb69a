// Statements about an image, as in-toto defines them, in envelopes (DSSE) that a key signs.
import { createHash, createPublicKey, sign, verify } from "node:crypto";
import {
  type Bundle,
  bundleToJSON,
  type SerializedBundle,
  type SerializedEnvelope,
  toDSSEBundle,
} from "@sigstore/bundle";
import { dsse } from "@sigstore/core";
import { statementTypes } from "../../../components/security/statement-policies.ts";
import type { SigningKey } from "../publish/signing.ts";

/** What is claimed about an image. */
export interface Claim {
  /** URI of the kind of claim. */
  predicateType: string;
  predicate: object;
}

/** Kinds of claims, by the URIs under which policies ask for them. */
export const predicateTypes = {
  ...statementTypes,
  /** What cosign 3 signs as an image's signature: nothing is claimed but the digest. */
  signature: "https://sigstore.dev/cosign/sign/v1",
} as const;

/** A claim about images by their digests. */
export interface Statement extends Claim {
  _type: "https://in-toto.io/Statement/v1";
  subject: { name: string; digest: Record<string, string> }[];
}

const payloadType = "application/vnd.in-toto+json";

/** A statement about one image: `name` is its full name, `digest` its `sha256:…`. */
export function statementOf({ name, digest }: { name: string; digest: string }, claim: Claim): Statement {
  const subject = [{ name, digest: { sha256: digest.replace("sha256:", "") } }];
  return { _type: "https://in-toto.io/Statement/v1", subject, ...claim };
}

/** A key's name in bundles, as cosign makes it: the digest of the public key. */
export function keyHint(publicKey: string): string {
  const der = createPublicKey(publicKey).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64");
}

/** Signs a statement; the result is a Sigstore bundle without entries of a transparency log. */
export function signStatement(statement: Statement, key: SigningKey): SerializedBundle {
  const artifact = Buffer.from(JSON.stringify(statement));
  const signature = sign("sha256", dsse.preAuthEncoding(payloadType, artifact), key.privateKey);
  const bundle: Bundle = toDSSEBundle({
    artifact,
    artifactType: payloadType,
    signature,
    keyHint: keyHint(key.publicKey),
  });
  return bundleToJSON(bundle);
}

/** The statement in an envelope that this public key signed; undefined where it signed it not, or where it is about another digest. */
export function verifiedStatement(
  { payload, payloadType: type, signatures }: SerializedEnvelope,
  { publicKey, digest }: { publicKey: string; digest: string },
): Statement | undefined {
  const content = Buffer.from(payload, "base64");
  const signed = dsse.preAuthEncoding(type, content);
  if (!signatures.some(({ sig }) => verify("sha256", signed, publicKey, Buffer.from(sig, "base64")))) return undefined;
  const statement = JSON.parse(content.toString()) as Statement;
  const isSubject = statement.subject.some((subject) => `sha256:${subject.digest.sha256}` === digest);
  return isSubject ? statement : undefined;
}

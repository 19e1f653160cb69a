// Attaches signed statements to images in a registry, in two forms: as layers under the image's tag `.att`, which the policy controller
// reads, and as Sigstore bundles that refer to the image, which cosign 3 reads.
import type { SerializedBundle, SerializedEnvelope } from "@sigstore/bundle";
import {
  type Claim,
  predicateTypes,
  type Statement,
  signStatement,
  statementOf,
  verifiedStatement,
} from "../attest/statement.ts";
import { sha256 } from "../store.ts";
import type { Descriptor } from "./archived.ts";
import { indexType } from "./registry.ts";
import {
  getSignatures,
  manifestType,
  putSignatures,
  type SignatureLayer,
  type SignedImage,
  type SigningKey,
  signatureAnnotation,
} from "./signing.ts";

const envelopeType = "application/vnd.dsse.envelope.v1+json";
const predicateAnnotation = "predicateType";

/** Media type of a bundle, and the kind of artifact that holds one. */
export const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
/** Annotation of a bundle's manifest with the kind of its claim. */
export const bundlePredicate = "dev.sigstore.bundle.predicateType";

const emptyConfig = { mediaType: "application/vnd.oci.empty.v1+json", content: Buffer.from("{}") };

/** A manifest that refers to an image. */
export interface Referrer extends Descriptor {
  artifactType?: string;
  annotations?: Record<string, string>;
}

/** How the claims about an image are had. */
export interface Claims {
  /** Kinds of claims that must be there. */
  types: readonly string[];
  /** Whether a claim that is there needn't be made again. */
  isCurrent: (claim: Claim) => boolean;
  make: () => Promise<Claim[]>;
}

/** The tag of an image's statements in the older form. */
export function attestationTag(digest: string): string {
  return `${digest.replace(":", "-")}.att`;
}

/** The tag of the list of what refers to an image, in registries without the API for that. */
export function referrersTag(digest: string): string {
  return digest.replace(":", "-");
}

/** Signs and attaches the claims about an image, unless valid ones of this key are there; whether it was done now. */
export async function attestImage(image: SignedImage, key: SigningKey, claims: Claims): Promise<boolean> {
  const statements = await attachedStatements(image, key.publicKey);
  const listed = new Set((await referrers(image)).map(({ annotations }) => annotations?.[bundlePredicate]));
  const isThere = (type: string) =>
    listed.has(type) && statements.some((statement) => statement.predicateType === type && claims.isCurrent(statement));
  if (claims.types.every(isThere) && listed.has(predicateTypes.signature)) return false;
  const signed = (claim: Claim): SignedClaim => {
    return { predicateType: claim.predicateType, bundle: signStatement(statementOf(image, claim), key) };
  };
  const current = (await claims.make()).map(signed);
  await attach(image, current);
  await refer(image, [signed({ predicateType: predicateTypes.signature, predicate: {} }), ...current]);
  return true;
}

interface SignedClaim {
  predicateType: string;
  bundle: SerializedBundle;
}

/** The statements about an image that are attached in the older form and signed by this public key. */
export async function attachedStatements(
  { registry, repository, digest }: SignedImage,
  publicKey: string,
): Promise<Statement[]> {
  const layers = await getSignatures(registry, repository, attestationTag(digest));
  const blobs = await Promise.all(layers.map((layer) => registry.blob(repository, layer.digest)));
  return blobs.flatMap((blob) => {
    const envelope = JSON.parse(blob?.toString() ?? "{}") as Partial<SerializedEnvelope>;
    if (!envelope.payload || !envelope.payloadType || !envelope.signatures) return [];
    return verifiedStatement(envelope as SerializedEnvelope, { publicKey, digest }) ?? [];
  });
}

/** What refers to an image. */
export async function referrers({ registry, repository, digest }: SignedImage): Promise<Referrer[]> {
  const bytes = await registry.manifest(repository, referrersTag(digest));
  return bytes ? ((JSON.parse(bytes.toString()) as { manifests?: Referrer[] }).manifests ?? []) : [];
}

/** Attaches statements in the older form, in place of those of the same kinds. */
async function attach({ registry, repository, digest }: SignedImage, claims: readonly SignedClaim[]): Promise<void> {
  const tag = attestationTag(digest);
  const added = await Promise.all(
    claims.map(async ({ predicateType, bundle }): Promise<SignatureLayer> => {
      const envelope = Buffer.from(JSON.stringify(bundle.dsseEnvelope));
      const layer = await registry.putBytes(repository, envelopeType, envelope);
      return { ...layer, annotations: { [signatureAnnotation]: "", [predicateAnnotation]: predicateType } };
    }),
  );
  const kinds = new Set(claims.map(({ predicateType }) => predicateType));
  const others = (await getSignatures(registry, repository, tag)).filter(
    ({ annotations }) => !kinds.has(annotations?.[predicateAnnotation] ?? ""),
  );
  await putSignatures({ registry, repository, tag, layers: [...others, ...added] });
}

/** Has bundles refer to an image, in place of those of the same kinds. */
async function refer(image: SignedImage, claims: readonly SignedClaim[]): Promise<void> {
  const { registry, repository, digest } = image;
  const subject = await descriptorOf(image);
  const config = await registry.putBytes(repository, emptyConfig.mediaType, emptyConfig.content);
  const added = await Promise.all(
    claims.map(async ({ predicateType, bundle }): Promise<Referrer> => {
      const layer = await registry.putBytes(repository, bundleType, Buffer.from(JSON.stringify(bundle)));
      const annotations = { "dev.sigstore.bundle.content": "dsse-envelope", [bundlePredicate]: predicateType };
      const manifest = { schemaVersion: 2, mediaType: manifestType, artifactType: bundleType };
      const bytes = Buffer.from(JSON.stringify({ ...manifest, config, layers: [layer], subject, annotations }));
      const digest = `sha256:${sha256(bytes)}`;
      await registry.putManifest(repository, digest, manifestType, bytes);
      return { mediaType: manifestType, digest, size: bytes.length, artifactType: bundleType, annotations };
    }),
  );
  const kinds = new Set(claims.map(({ predicateType }) => predicateType));
  const others = (await referrers(image)).filter(({ annotations }) => !kinds.has(annotations?.[bundlePredicate] ?? ""));
  const index = { schemaVersion: 2, mediaType: indexType, manifests: [...others, ...added] };
  await registry.putManifest(repository, referrersTag(digest), indexType, Buffer.from(JSON.stringify(index)));
}

async function descriptorOf({ registry, repository, digest, name }: SignedImage): Promise<Descriptor> {
  const bytes = await registry.manifest(repository, digest);
  if (!bytes) throw new Error(`${name}@${digest} is not in the registry: push it before its statements`);
  const { mediaType = manifestType } = JSON.parse(bytes.toString()) as { mediaType?: string };
  return { mediaType, digest, size: bytes.length };
}

// Signs images with a key, in cosign's form "simple signing", the only one that policy-controller 0.15.1 reads for keys.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Descriptor } from "./archived.ts";
import type { Registry } from "./registry.ts";

export const payloadType = "application/vnd.dev.cosign.simplesigning.v1+json";
const configType = "application/vnd.oci.image.config.v1+json";
export const manifestType = "application/vnd.oci.image.manifest.v1+json";
export const signatureAnnotation = "dev.cosignproject.cosign/signature";

/** A key pair; the private key is used in this module and stored in its file, nowhere else. */
export interface SigningKey {
  privateKey: KeyObject;
  /** PEM. */
  publicKey: string;
}

/** The key (ECDSA P-256) in `file`, which is made unless it exists, readable by its owner only. Throws where it is not a valid key. */
export function signingKey(file: string): SigningKey {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const temporary = `${file}.${process.pid}`;
    writeFileSync(temporary, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flush: true });
    try {
      // A hard link is atomic, and does not replace another process' key.
      linkSync(temporary, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  chmodSync(file, 0o600);
  try {
    const privateKey = createPrivateKey(readFileSync(file));
    return { privateKey, publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString() };
  } catch {
    throw new Error(
      `${file} is not a valid private key in PEM: remove it, and the next make up makes a new key and signs again`,
    );
  }
}

/** The tag of an image's signatures. */
export function signatureTag(digest: string): string {
  return `${digest.replace(":", "-")}.sig`;
}

/** The payload that is signed: it states that the image of this name has this digest. */
export function signedPayload(name: string, digest: string): Buffer {
  const identity = { "docker-reference": name };
  const image = { "docker-manifest-digest": digest };
  const critical = { identity, image, type: "cosign container image signature" };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

/** An image in a registry. */
export interface SignedImage {
  registry: Registry;
  repository: string;
  digest: string;
  /** Full name, without tag and digest. */
  name: string;
}

/** Signs an image, unless it has a signature by this key; whether it was signed now. */
export async function signImage(image: SignedImage, key: SigningKey): Promise<boolean> {
  if (await isSigned(image, key.publicKey)) return false;
  const { registry, repository, digest, name } = image;
  const payload = signedPayload(name, digest);
  const layer = await registry.putBytes(repository, payloadType, payload);
  const signature = sign("sha256", payload, key.privateKey).toString("base64");
  const layers = [{ ...layer, annotations: { [signatureAnnotation]: signature } }];
  await putSignatures({ registry, repository, tag: signatureTag(digest), layers });
  return true;
}

/** A signature or signed statement in the older form: a blob that is a layer of an image. */
export interface SignatureLayer extends Descriptor {
  annotations?: Record<string, string>;
}

/** Puts signatures or signed statements under their tag, in place of those that are there. */
export async function putSignatures(options: {
  registry: Registry;
  repository: string;
  tag: string;
  layers: readonly SignatureLayer[];
}): Promise<void> {
  const { registry, repository, tag, layers } = options;
  const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
  const content = Buffer.from(JSON.stringify({ architecture: "", os: "", config: {}, rootfs }));
  const config = await registry.putBytes(repository, configType, content);
  const manifest = { schemaVersion: 2, mediaType: manifestType, config, layers };
  await registry.putManifest(repository, tag, manifestType, Buffer.from(JSON.stringify(manifest)));
}

/** The signatures or signed statements under a tag. */
export async function getSignatures(registry: Registry, repository: string, tag: string): Promise<SignatureLayer[]> {
  const bytes = await registry.manifest(repository, tag);
  if (!bytes) return [];
  return (JSON.parse(bytes.toString()) as { layers?: SignatureLayer[] }).layers ?? [];
}

/** Whether an image has a valid signature by this public key. */
export async function isSigned({ registry, repository, digest }: SignedImage, publicKey: string): Promise<boolean> {
  for (const layer of await getSignatures(registry, repository, signatureTag(digest))) {
    const signature = layer.annotations?.[signatureAnnotation];
    const payload = signature && (await registry.blob(repository, layer.digest));
    if (
      payload &&
      verify("sha256", payload, publicKey, Buffer.from(signature, "base64")) &&
      isOfDigest(payload, digest)
    )
      return true;
  }
  return false;
}

function isOfDigest(payload: Buffer, digest: string): boolean {
  const { critical } = JSON.parse(payload.toString()) as {
    critical?: { image?: { "docker-manifest-digest"?: string } };
  };
  return critical?.image?.["docker-manifest-digest"] === digest;
}

// Reads one image from an archive, to push it to a registry: its manifest, then its blobs in the archive's order.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract } from "tar-stream";
import type { Archive } from "../archive.ts";
import { fullName } from "../names.ts";
import { sha256 } from "../store.ts";

/** A blob, as manifests describe it. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
}

/** An image's manifest, as it is pushed to the registry. */
export interface Manifest {
  mediaType: string;
  /** `sha256:…` of `bytes`. It differs from the archive's digest where that is of an index of manifests for several platforms. */
  digest: string;
  bytes: Buffer;
  /** The blobs that must be in the registry before it. */
  blobs: Descriptor[];
  /** The names in the archive, by digest, of blobs whose names are not their digests. */
  names: ReadonlyMap<string, string>;
}

/** The most bytes of a manifest or configuration. */
const maxMetadataSize = 4 << 20;
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const configType = "application/vnd.oci.image.config.v1+json";
const layerType = "application/vnd.oci.image.layer.v1.tar";

/** The fields of a manifest, or of an index of manifests. */
interface ManifestFields {
  mediaType?: string;
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: { digest: string; platform?: { os?: string; architecture?: string } }[];
}

/** The manifest of the archive's image for this machine's platform. Throws with the archive's path where there is none. */
export async function readManifest(archive: Archive): Promise<Manifest> {
  const { path, ref } = archive;
  const blob = await readBlob(archive, archive.digest);
  if (!blob) {
    const manifest = await dockerManifest(archive);
    if (!manifest) throw new Error(`${path} holds no manifest of ${ref}: save the image again`);
    return manifest;
  }
  const { manifests } = blob.fields;
  if (!manifests) return asManifest(blob, archive);
  const forThisMachine = manifests.find(
    ({ platform }) => platform?.os === "linux" && platform.architecture === architecture(),
  );
  const platformBlob = forThisMachine && (await readBlob(archive, forThisMachine.digest));
  if (!platformBlob)
    throw new Error(`${path}: ${ref} is not for this machine's platform: save it for linux/${architecture()}`);
  return asManifest(platformBlob, archive);
}

function asManifest({ bytes, fields }: { bytes: Buffer; fields: ManifestFields }, { path, ref }: Archive): Manifest {
  const { mediaType = manifestType, config, layers } = fields;
  if (!config || !layers) throw new Error(`${path}: ${ref} is not a valid image: save the image again`);
  return { mediaType, digest: digestOf(bytes), bytes, blobs: [config, ...layers], names: new Map() };
}

/** A manifest or index by its digest; undefined where the archive has none, as one of `docker save`. */
async function readBlob({ path }: Archive, digest: string) {
  for await (const { name, size, content } of entries(path)) {
    if (name !== blobName(digest) || size > maxMetadataSize) continue;
    const bytes = await buffer(content);
    if (digestOf(bytes) !== digest) throw new Error(`${path} is damaged: ${name} does not have that digest`);
    return { bytes, fields: JSON.parse(bytes.toString()) as ManifestFields };
  }
  return undefined;
}

/** A manifest for an image that `docker save` wrote without one; the same content always has the same manifest. */
async function dockerManifest({ path, ref }: Archive): Promise<Manifest | undefined> {
  const list = await readMember(path, "manifest.json");
  const images = JSON.parse(list?.toString() ?? "[]") as { Config: string; RepoTags?: string[]; Layers: string[] }[];
  const image = images.find(({ RepoTags }) => RepoTags?.some((tag) => fullName(tag) === ref));
  if (!image) return undefined;
  const descriptors = new Map<string, Descriptor>();
  for await (const { name, size, content } of entries(path)) {
    if (name !== image.Config && !image.Layers.includes(name)) continue;
    const hash = createHash("sha256");
    let firstChunk: Buffer | undefined;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      firstChunk ??= chunk;
      hash.update(chunk);
    }
    const isGzip = firstChunk?.[0] === 0x1f && firstChunk[1] === 0x8b;
    const mediaType = name === image.Config ? configType : `${layerType}${isGzip ? "+gzip" : ""}`;
    descriptors.set(name, { mediaType, digest: `sha256:${hash.digest("hex")}`, size });
  }
  const blobs = [image.Config, ...image.Layers].map((name) => {
    const descriptor = descriptors.get(name);
    if (!descriptor || descriptor.size === 0) throw new Error(`${path} lacks ${name} of ${ref}: save the image again`);
    return descriptor;
  });
  const [config, ...layers] = blobs;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: manifestType, config, layers }));
  const names = new Map([...descriptors].map(([name, { digest }]) => [digest, name]));
  return { mediaType: manifestType, digest: digestOf(bytes), bytes, blobs, names };
}

async function readMember(path: string, member: string): Promise<Buffer | undefined> {
  for await (const { name, content } of entries(path)) if (name === member) return await buffer(content);
  return undefined;
}

/** Calls `onBlob` once with each blob: first the layers beside the archive, then the blobs in it. Throws where one is missing. */
export async function eachBlob(
  { path, layers = [] }: Archive,
  { blobs, names }: Pick<Manifest, "blobs" | "names">,
  onBlob: (blob: Descriptor, content: Readable) => Promise<void>,
): Promise<void> {
  const missing = new Map(blobs.map((blob) => [names.get(blob.digest) ?? blobName(blob.digest), blob]));
  for (const layer of layers) {
    const blob = missing.get(blobName(layer.digest));
    if (!blob) continue;
    await onBlob(blob, createReadStream(layer.path, { highWaterMark: 1 << 20 }));
    missing.delete(blobName(layer.digest));
  }
  if (missing.size === 0) return;
  for await (const { name, content } of entries(path)) {
    const blob = missing.get(name);
    if (!blob) continue;
    await onBlob(blob, content);
    missing.delete(name);
    if (missing.size === 0) return;
  }
  throw new Error(`${path} lacks ${[...missing.values()].map(({ digest }) => digest).join(", ")}`);
}

async function* entries(path: string): AsyncGenerator<{ name: string; size: number; content: Readable }> {
  const tar = extract();
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const unpack = /gz$/.test(path) ? createGunzip() : /zst$/.test(path) ? createZstdDecompress() : undefined;
  const fail = (error: Error) => tar.destroy(error);
  file.on("error", fail);
  unpack?.on("error", fail);
  (unpack ? file.pipe(unpack) : file).pipe(tar);
  try {
    for await (const entry of tar) {
      const { name, size = 0 } = entry.header;
      yield { name: name.replace(/^\.\//, ""), size, content: entry as unknown as Readable };
      entry.resume();
    }
  } finally {
    file.destroy();
    unpack?.destroy();
  }
}

function blobName(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function digestOf(bytes: Buffer): string {
  return `sha256:${sha256(bytes)}`;
}

function architecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

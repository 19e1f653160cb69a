// Reads one image out of an OCI archive: its manifest, and then its blobs as they come.
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract } from "tar-stream";
import type { Archive } from "../archive.ts";
import { sha256 } from "../store.ts";

/** A blob, as a manifest names it. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  /** Bytes. */
  size: number;
}

/** An image's manifest, as the registry gets it. */
export interface Manifest {
  mediaType: string;
  /** Its very bytes: the digest is theirs. */
  bytes: Buffer;
  /** Everything that must be in the registry before it. */
  blobs: Descriptor[];
}

/** Manifests are small. */
const largestManifest = 4 << 20;

/** The manifest of the archive's image. Throws with the archive's path where there is none that can be pushed. */
export async function readManifest({ path, digest, ref }: Archive): Promise<Manifest> {
  for await (const { name, size, content } of entries(path)) {
    if (name !== blobName(digest) || size > largestManifest) continue;
    const bytes = await buffer(content);
    if (`sha256:${sha256(bytes)}` !== digest)
      throw new Error(`${path} is damaged: the manifest of ${ref} is not ${digest}`);
    const {
      mediaType = "",
      config,
      layers,
    } = JSON.parse(bytes.toString()) as {
      mediaType?: string;
      config?: Descriptor;
      layers?: Descriptor[];
    };
    if (!config || !layers)
      throw new Error(`${path}: ${ref} is for several kinds of machines: save it for this one's alone`);
    return { mediaType: mediaType || "application/vnd.oci.image.manifest.v1+json", bytes, blobs: [config, ...layers] };
  }
  throw new Error(`${path} holds ${ref} in a form without an OCI manifest: save it as an OCI archive`);
}

/** Hands over the wanted blobs, each once, as they come in the archive. Throws where one is missing. */
export async function eachBlob(
  { path }: Archive,
  wanted: readonly Descriptor[],
  take: (blob: Descriptor, content: Readable) => Promise<void>,
): Promise<void> {
  const missing = new Map(wanted.map((blob) => [blobName(blob.digest), blob]));
  if (missing.size === 0) return;
  for await (const { name, content } of entries(path)) {
    const blob = missing.get(name);
    if (!blob) continue;
    await take(blob, content);
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

// Pushes images from archives to a registry, signs them there and attests what is in them and who built them; what exists there stays.
import { cacheDir } from "../../node/paths.ts";
import type { Progress } from "../../node/progress.ts";
import type { Archive } from "../archive.ts";
import { hashOf, readJson, writeWhole } from "../store.ts";
import { eachBlob, readManifest } from "./archived.ts";
import { attestImage, type Claims } from "./attestations.ts";
import type { Registry } from "./registry.ts";
import { type SigningKey, signImage } from "./signing.ts";

/** The repository of an image in any registry: `agentic-platform/agents` of `localhost/agentic-platform/agents:1`. */
export function repositoryOf(ref: string): string {
  const name = ref.replace(/@.*$/, "").replace(/:[^/:]+$/, "");
  const [first = "", ...rest] = name.split("/");
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join("/") : name;
}

/** An image's reference in the registry `host`, by digest. */
export function publishedRef(host: string, { ref, digest }: Archive): string {
  return `${host}/${repositoryOf(ref)}@${digest}`;
}

/**
 * A bundled image with the digest that it has in a registry. The archive, which may be large, is read for that only once: the digest is
 * cached.
 */
export async function publishable(archive: Archive): Promise<Archive> {
  const record = cacheDir(
    "bundle",
    `published-${hashOf(archive.path, archive.ref, archive.digest, process.arch).slice(0, 32)}.json`,
  );
  const recorded = await readJson<{ digest: string }>(record);
  const digest = recorded?.digest ?? (await readManifest(archive)).digest;
  if (!recorded) await writeWhole(record, JSON.stringify({ digest }));
  return { ...archive, digest };
}

/** Numbers of images that were pushed, signed and attested. */
export interface Published {
  pushed: number;
  signed: number;
  attested: number;
}

/** Where images are published, and who vouches for them. */
export interface PublishTarget {
  registry: Registry;
  /** The registry's name in the names of images. */
  host: string;
  key: SigningKey;
  /** What is claimed about an image. */
  claims: (archive: Archive, progress: Progress) => Claims;
}

/** Pushes, signs and attests images, unless the registry has them already. */
export async function publish(
  archives: readonly Archive[],
  { registry, host, key, claims }: PublishTarget,
  progress: Progress = () => {},
): Promise<Published> {
  const counts: Published = { pushed: 0, signed: 0, attested: 0 };
  for (const archive of archives) {
    const repository = repositoryOf(archive.ref);
    if (await push(archive, repository, registry, progress)) counts.pushed++;
    const image = { registry, repository, digest: archive.digest, name: `${host}/${repository}` };
    if (await signImage(image, key)) counts.signed++;
    if (await attestImage(image, key, claims(archive, progress))) counts.attested++;
  }
  return counts;
}

async function push(archive: Archive, repository: string, registry: Registry, progress: Progress): Promise<boolean> {
  const { digest, ref } = archive;
  // A registry that has a manifest has all its blobs.
  if (await registry.hasManifest(repository, digest)) return false;
  const manifest = await readManifest(archive);
  if (manifest.digest !== digest) throw new Error(`${archive.path}: ${ref} is ${manifest.digest}, not ${digest}`);
  const exists = await Promise.all(manifest.blobs.map((blob) => registry.hasBlob(repository, blob.digest)));
  const missing = manifest.blobs.filter((_, i) => !exists[i]);
  let left = missing.length;
  await eachBlob(archive, { blobs: missing, names: manifest.names }, async (blob, content) => {
    progress(`${repository}: ${left--} layers to push, this one of ${(blob.size / 1e6).toFixed(1)} MB`);
    await registry.putBlob(repository, blob, content);
  });
  await registry.putManifest(repository, digest, manifest.mediaType, manifest.bytes);
  const tag = /:([\w.-]+)$/.exec(ref)?.[1];
  if (tag) await registry.putManifest(repository, tag, manifest.mediaType, manifest.bytes);
  return true;
}

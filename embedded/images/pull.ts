// Pulls upstream's images from their registries, by digest, into archives like those of the bundle folder.
import { existsSync } from "node:fs";
import type { Image } from "../../components/images.ts";
import { limit } from "../node/limit.ts";
import { withLock } from "../node/lock.ts";
import { cacheDir, markUsed, stateDir } from "../node/paths.ts";
import type { Progress } from "../node/progress.ts";
import type { Archive } from "./archive.ts";
import { Puller } from "./puller.ts";
import { makeWhole, readJson, sha256, writeWhole } from "./store.ts";

/** The result of a pull. */
export interface Pulled {
  archives: Archive[];
  /** Images that could not be pulled, each with the reason. */
  missing: { ref: string; reason: string }[];
}

/** Options of `pullImages`. */
export interface PullOptions {
  /** The images to pull. */
  images: readonly Pick<Image, "ref" | "digest">[];
  /** Folder of containerd's `hosts.toml` files, which configure mirrors: $MIRRORS, else /etc/containerd/certs.d. */
  mirrors?: string;
  /** Milliseconds without a byte after which a pull is ended. Default 60 s. */
  idleTimeout?: number;
  onProgress?: Progress;
}

/** The number of pulls at the same time: a registry that does not answer must not delay the others. */
const maxPulls = 4;

/** File with the digests at the first pull, for images that are known by tag only: a tag that moves later has no effect. */
const firstDigestsFile = () => stateDir("pulled-digests.json");

/**
 * Returns an archive of each image, from the cache or from its registry. An image that can't be pulled, for whatever reason, is in
 * `missing`; the bytes that were downloaded of it stay for the next pull.
 */
export async function pullImages(options: PullOptions): Promise<Pulled> {
  const { onProgress = () => {} } = options;
  // The download store allows one containerd at a time; a second command finds the first one's archives.
  const onWait = () => onProgress("waiting for another command that pulls images");
  return await withLock(cacheDir("pull.lock"), async () => await pullMissing(options), onWait);
}

async function pullMissing(options: PullOptions): Promise<Pulled> {
  const { images, onProgress = () => {}, idleTimeout = 60_000 } = options;
  const firstDigests = (await readJson<Record<string, string>>(firstDigestsFile())) ?? {};
  const digestOf = ({ ref, digest }: Pick<Image, "ref" | "digest">) => digest ?? firstDigests[ref];
  const archives: Archive[] = [];
  const toPull: Pick<Image, "ref" | "digest">[] = [];
  for (const image of images) {
    const cached = cachedArchive(image.ref, digestOf(image));
    if (cached) archives.push(cached);
    else toPull.push(image);
  }
  if (toPull.length === 0) return { archives, missing: [] };
  const missing: Pulled["missing"] = [];
  await using puller = await Puller.start({ mirrors: options.mirrors ?? defaultMirrors(), idleTimeout });
  const limited = limit(maxPulls);
  const reportProgress = () => {
    const ended = archives.length + missing.length;
    const megabytes = (puller.bytes() / 1e6).toFixed(0);
    onProgress(`${ended} of ${images.length} images pulled, ${megabytes} MB downloaded`, ended / images.length);
  };
  const timer = setInterval(reportProgress, 1000);
  try {
    await Promise.all(
      toPull.map((image) =>
        limited(async () => {
          try {
            const archive = await pull(puller, image.ref, digestOf(image));
            firstDigests[image.ref] ??= archive.digest;
            archives.push(archive);
          } catch (error) {
            missing.push({ ref: image.ref, reason: (error as Error).message });
          }
        }),
      ),
    );
  } finally {
    clearInterval(timer);
  }
  await writeWhole(firstDigestsFile(), JSON.stringify(firstDigests, undefined, 2));
  return { archives, missing };
}

async function pull(puller: Puller, ref: string, expected: string | undefined): Promise<Archive> {
  const digest = await puller.fetch(ref, expected);
  const path = archivePath(ref, digest);
  await makeWhole(path, async (partial) => await puller.export(ref, partial));
  // The archive has everything, so the downloads are no longer needed.
  await puller.forget(ref);
  return { ref, path, digest };
}

function cachedArchive(ref: string, digest: string | undefined): Archive | undefined {
  if (!digest) return undefined;
  const path = archivePath(ref, digest);
  if (!existsSync(path)) return undefined;
  markUsed(path);
  return { ref, path, digest };
}

function archivePath(ref: string, digest: string): string {
  const name = ref.replace(/^.*\//, "").replaceAll(/[^\w.-]/g, "-");
  return cacheDir("images", `${name}-${sha256(`${ref} ${digest}`).slice(0, 12)}.tar`);
}

function defaultMirrors(): string | undefined {
  const folder = process.env.MIRRORS || "/etc/containerd/certs.d";
  if (existsSync(folder)) return folder;
  if (process.env.MIRRORS)
    throw new Error(`MIRRORS=${folder} is not a folder: set it to one with containerd's <registry>/hosts.toml files`);
  return undefined;
}

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
  /** Images that can't be had, each with the reason. */
  missing: { ref: string; reason: string }[];
}

/** Options of `pullImages`. */
export interface PullOptions {
  /** The images to pull. */
  images: readonly Pick<Image, "ref" | "digest">[];
  /** Folder of containerd's `hosts.toml` files, which name mirrors: $MIRRORS, else /etc/containerd/certs.d. */
  mirrors?: string;
  /** Milliseconds without a byte after which a registry counts as hung. Default 60 s. */
  patience?: number;
  onProgress?: Progress;
}

/** Registries answer several requests at once, and one that hangs must not hold up the others. */
const atOnce = 4;

/** File with the digests of images without one in the table, as first pulled: a tag that moves later has no effect. */
const firstSeen = () => stateDir("pulled-digests.json");

/**
 * Makes an archive of each image, from the cache or from its registry. One that can't be pulled, whatever the reason, is told in
 * `missing` and leaves nothing behind but what a later try goes on from.
 */
export async function pullImages(options: PullOptions): Promise<Pulled> {
  const { onProgress = () => {} } = options;
  // The download store allows one containerd at a time; a second command finds the first one's archives.
  const waiting = () => onProgress("waiting for another command that pulls images");
  return await withLock(cacheDir("pull.lock"), async () => await pullMissing(options), waiting);
}

async function pullMissing(options: PullOptions): Promise<Pulled> {
  const { images, onProgress = () => {}, patience = 60_000 } = options;
  const firstDigests = (await readJson<Record<string, string>>(firstSeen())) ?? {};
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
  await using puller = await Puller.start({ mirrors: options.mirrors ?? defaultMirrors(), patience });
  const turn = limit(atOnce);
  const tell = () => {
    const ended = archives.length + missing.length;
    const bytes = (puller.bytes() / 1e6).toFixed(0);
    onProgress(`${ended} of ${images.length} images pulled, ${bytes} MB downloaded`, ended / images.length);
  };
  const timer = setInterval(tell, 1000);
  try {
    await Promise.all(
      toPull.map((image) =>
        turn(async () => {
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
  await writeWhole(firstSeen(), JSON.stringify(firstDigests, undefined, 2));
  return { archives, missing };
}

async function pull(puller: Puller, ref: string, expected: string | undefined): Promise<Archive> {
  const digest = await puller.fetch(ref, expected);
  const path = archivePath(ref, digest);
  await makeWhole(path, async (partial) => await puller.export(ref, partial));
  // The archive holds all of it.
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
    throw new Error(`MIRRORS=${folder} is not a folder: name one with containerd's <registry>/hosts.toml files`);
  return undefined;
}

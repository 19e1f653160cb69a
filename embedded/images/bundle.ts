// Reads the names of the images in the bundle folder, where users put image archives.
import { createReadStream, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extract } from "tar-stream";
import { images } from "../../components/images.ts";
import { cacheDir } from "../node/paths.ts";
import type { Archive } from "./archive.ts";
import { fullName } from "./names.ts";
import { hashOf, readJson, sha256, writeWhole } from "./store.ts";

const endings = /\.(tar|tar\.gz|tgz|tar\.zst|tzst)$/;

/** Descriptions in an archive are small; whatever is larger is a layer. */
const largestDescription = 4 << 20;

/** Where users put archives: $BUNDLE, or `agentic-platform/bundle` in the XDG data folder. */
export function bundleDir(): string {
  const data = process.env.XDG_DATA_HOME || join(homedir(), ".local", "share");
  return process.env.BUNDLE || join(data, "agentic-platform", "bundle");
}

/**
 * Every image of the archives in `dir`, sorted by file. None where the default folder doesn't exist. Throws with the
 * file's path where a file isn't an image archive, holds an image without a name, or two hold one name with different content.
 */
export async function bundle(dir: string = bundleDir()): Promise<Archive[]> {
  if (!existsSync(dir)) {
    if (process.env.BUNDLE && dir === process.env.BUNDLE)
      throw new Error(`BUNDLE=${dir} is not a folder: name one with image archives (.tar, .tar.gz or .tar.zst)`);
    return [];
  }
  const names = (await readdir(dir)).filter((name) => endings.test(name)).sort();
  const found = (await Promise.all(names.map((name) => imagesOf(join(dir, name))))).flat();
  const byRef = new Map<string, Archive>();
  for (const archive of found) {
    const other = byRef.get(archive.ref);
    if (other && other.digest !== archive.digest)
      throw new Error(`${other.path} and ${archive.path} both hold ${archive.ref}, with different content: remove one`);
    byRef.set(archive.ref, other ?? archive);
  }
  return [...byRef.values()];
}

/** Argo's references in a bundle. Its version is the table's; a mirror's registry name in front is Argo's all the same. */
export function argoRefs(archives: readonly Archive[]): Partial<Record<"controller" | "executor" | "server", string>> {
  const argoImages = { controller: images.argoController, executor: images.argoExecutor, server: images.argoServer };
  const tail = (ref: string) => ref.slice(ref.lastIndexOf("/") + 1);
  return Object.fromEntries(
    Object.entries(argoImages).flatMap(([name, { ref }]) => {
      const exact = archives.find((archive) => archive.ref === ref);
      const mirrored = archives.find((archive) => tail(archive.ref) === tail(ref));
      const found = exact ?? mirrored;
      return found ? [[name, found.ref]] : [];
    }),
  );
}

/** Names and digests of the images in one archive; remembered by the file's size and time, as it may be large. */
async function imagesOf(path: string): Promise<Archive[]> {
  const { size, mtimeMs, ino } = await stat(path);
  const record = cacheDir("bundle", `${hashOf(path, size, mtimeMs, ino).slice(0, 32)}.json`);
  const known = await readJson<{ ref: string; digest: string }[]>(record);
  const list = known ?? (await readNames(path));
  if (!known) await writeWhole(record, JSON.stringify(list));
  return list.map((image) => ({ ...image, path }));
}

async function readNames(path: string): Promise<{ ref: string; digest: string }[]> {
  let members: Map<string, Buffer>;
  try {
    members = await descriptions(path);
  } catch (error) {
    throw new Error(
      `${path} can't be read as an archive (${(error as Error).message}): put it there again, or remove it`,
    );
  }
  const index = members.get("index.json");
  const list = members.get("manifest.json");
  if (!index && !list)
    throw new Error(
      `${path} is not a valid image archive: it holds neither index.json (OCI) nor manifest.json (docker save)`,
    );
  try {
    return index ? ociNames(index, path) : dockerNames(list as Buffer, path);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Error(`${path} is damaged: its list of images is not valid JSON: save the archive again`);
    throw error;
  }
}

function ociNames(index: Buffer, path: string): { ref: string; digest: string }[] {
  const { manifests = [] } = JSON.parse(index.toString()) as {
    manifests?: { digest: string; annotations?: Record<string, string> }[];
  };
  return manifests.map(({ digest, annotations = {} }) => {
    const ref = annotations["io.containerd.image.name"] ?? annotations["org.opencontainers.image.ref.name"];
    if (!ref?.includes("/"))
      throw new Error(
        `${path} holds an image without its full name: save it under one, such as quay.io/argoproj/argoexec:v4.1.2`,
      );
    return { ref: fullName(ref), digest };
  });
}

function dockerNames(list: Buffer, path: string): { ref: string; digest: string }[] {
  const entries = JSON.parse(list.toString()) as { Config: string; RepoTags?: string[] | null; Layers: string[] }[];
  return entries.flatMap((entry) => {
    if (!entry.RepoTags?.length)
      throw new Error(`${path} holds an image without a name: save it by its name and tag, not by its id`);
    // The configuration's name is its digest, and it names the layers' content.
    const digest = `sha256:${sha256(`${entry.Config} ${entry.Layers.join(" ")}`)}`;
    return entry.RepoTags.map((ref) => ({ ref: fullName(ref), digest }));
  });
}

/** The small files of an archive, by their names; throws where it is truncated or isn't a tar. */
async function descriptions(path: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const tar = extract();
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const unpack = /gz$/.test(path) ? createGunzip() : /zst$/.test(path) ? createZstdDecompress() : undefined;
  const fail = (error: Error) => tar.destroy(error);
  file.on("error", fail);
  unpack?.on("error", fail);
  (unpack ? file.pipe(unpack) : file).pipe(tar);
  for await (const entry of tar) {
    const { name, size = 0 } = entry.header;
    if (/^(\.\/)?[\w.-]+\.json$/.test(name) && size < largestDescription)
      found.set(name.replace(/^\.\//, ""), await buffer(entry));
    else entry.resume();
  }
  return found;
}

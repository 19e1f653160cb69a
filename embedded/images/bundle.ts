// Reads the bundle folder, where users put image archives and a database of vulnerabilities: the images' names, the database's path.
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

const archiveName = /^(?!vulnerability-db_).*\.(tar|tar\.gz|tgz|tar\.zst|tzst)$/;

/** The name under which grype's databases are published: its format, the date of its oldest source, and when it was made, in seconds since 1970. */
const databaseName = /^vulnerability-db_v6\..*_(\d+)\.tar\.(zst|xz|gz)$/;

/** Bytes; larger files in an archive are layers, not metadata. */
const maxMetadataSize = 4 << 20;

/** The folder where users put archives: $BUNDLE, or `agentic-platform/bundle` in the XDG data folder. */
export function bundleDir(): string {
  const data = process.env.XDG_DATA_HOME || join(homedir(), ".local", "share");
  return process.env.BUNDLE || join(data, "agentic-platform", "bundle");
}

/**
 * Every image of the archives in `dir`, sorted by file; none where the default folder doesn't exist. Throws with the file's path where a
 * file is not a valid image archive, where it has an image without a name, or where two files have different images of the same name.
 */
export async function bundle(dir: string = bundleDir()): Promise<Archive[]> {
  if (!existsSync(dir)) {
    if (process.env.BUNDLE && dir === process.env.BUNDLE)
      throw new Error(`BUNDLE=${dir} is not a folder: set it to one with image archives (.tar, .tar.gz or .tar.zst)`);
    return [];
  }
  const names = (await readdir(dir)).filter((name) => archiveName.test(name)).sort();
  const bundled = (await Promise.all(names.map((name) => imagesOf(join(dir, name))))).flat();
  const byRef = new Map<string, Archive>();
  for (const archive of bundled) {
    const other = byRef.get(archive.ref);
    if (other && other.digest !== archive.digest)
      throw new Error(`${other.path} and ${archive.path} both hold ${archive.ref}, with different content: remove one`);
    byRef.set(archive.ref, other ?? archive);
  }
  return [...byRef.values()];
}

/** The path of the newest database of vulnerabilities in `dir`; undefined where there is none. Throws where one has another format. */
export async function bundledDatabase(dir: string = bundleDir()): Promise<string | undefined> {
  if (!existsSync(dir)) return undefined;
  const names = (await readdir(dir)).filter((name) => name.startsWith("vulnerability-db_"));
  const other = names.find((name) => !databaseName.test(name));
  if (other)
    throw new Error(
      `${join(dir, other)} is not a database of grype's format 6: save it by its published name, vulnerability-db_v6….tar.zst`,
    );
  const made = (name: string) => Number(databaseName.exec(name)?.[1]);
  const [newest] = names.sort((a, b) => made(b) - made(a));
  return newest && join(dir, newest);
}

/** The references of Argo's images in a bundle, in the version that the platform uses. The name of a mirror may stand before them. */
export function argoRefs(archives: readonly Archive[]): Partial<Record<"controller" | "executor" | "server", string>> {
  const argoImages = { controller: images.argoController, executor: images.argoExecutor, server: images.argoServer };
  const baseName = (ref: string) => ref.slice(ref.lastIndexOf("/") + 1);
  return Object.fromEntries(
    Object.entries(argoImages).flatMap(([name, { ref }]) => {
      const exact = archives.find((archive) => archive.ref === ref);
      const mirrored = archives.find((archive) => baseName(archive.ref) === baseName(ref));
      const match = exact ?? mirrored;
      return match ? [[name, match.ref]] : [];
    }),
  );
}

/** The images in one archive. As that may be large, their names and digests are cached by the file's size and time. */
async function imagesOf(path: string): Promise<Archive[]> {
  const { size, mtimeMs, ino } = await stat(path);
  const record = cacheDir("bundle", `${hashOf(path, size, mtimeMs, ino).slice(0, 32)}.json`);
  const recorded = await readJson<{ ref: string; digest: string }[]>(record);
  const list = recorded ?? (await readNames(path));
  if (!recorded) await writeWhole(record, JSON.stringify(list));
  return list.map((image) => ({ ...image, path }));
}

async function readNames(path: string): Promise<{ ref: string; digest: string }[]> {
  let files: Map<string, Buffer>;
  try {
    files = await metadataFiles(path);
  } catch (error) {
    throw new Error(
      `${path} can't be read as an archive (${(error as Error).message}): save it there again, or remove it`,
    );
  }
  const index = files.get("index.json");
  const list = files.get("manifest.json");
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
        `${path} holds an image without its full name: save it by its full name, such as quay.io/argoproj/argoexec:v4.1.2`,
      );
    return { ref: fullName(ref), digest };
  });
}

function dockerNames(list: Buffer, path: string): { ref: string; digest: string }[] {
  const entries = JSON.parse(list.toString()) as { Config: string; RepoTags?: string[] | null; Layers: string[] }[];
  return entries.flatMap((entry) => {
    if (!entry.RepoTags?.length)
      throw new Error(`${path} holds an image without a name: save it by its name and tag, not by its id`);
    // The configuration's name is its digest, and the configuration has the digests of the layers.
    const digest = `sha256:${sha256(`${entry.Config} ${entry.Layers.join(" ")}`)}`;
    return entry.RepoTags.map((ref) => ({ ref: fullName(ref), digest }));
  });
}

/** The JSON files at the top of an archive, by name; throws where it is truncated or not a tar. */
async function metadataFiles(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const tar = extract();
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const unpack = /gz$/.test(path) ? createGunzip() : /zst$/.test(path) ? createZstdDecompress() : undefined;
  const fail = (error: Error) => tar.destroy(error);
  file.on("error", fail);
  unpack?.on("error", fail);
  (unpack ? file.pipe(unpack) : file).pipe(tar);
  for await (const entry of tar) {
    const { name, size = 0 } = entry.header;
    if (/^(\.\/)?[\w.-]+\.json$/.test(name) && size < maxMetadataSize)
      files.set(name.replace(/^\.\//, ""), await buffer(entry));
    else entry.resume();
  }
  return files;
}

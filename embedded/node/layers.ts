// Unpacks image layers into the cache, from where every instance of this machine gets their files by hard links.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "./host.ts";
import { cacheDir, markUsed } from "./paths.ts";
import { ownerMark, partialPath } from "./unfinished.ts";

/** An image layer as a tar file. */
export interface LayerFile {
  /** `sha256:…` of the uncompressed tar. */
  digest: string;
  /** Path of the tar. */
  path: string;
}

/** The folder of a layer's content once it is unpacked. */
export function unpackedPath({ digest }: LayerFile): string {
  return join(folderOf(digest), "content");
}

/**
 * Unpacks those of `layers` that aren't unpacked yet, two at a time, and checks each against its digest. A folder gets its final
 * name once it is complete and flushed to the disk. Returns the number of newly unpacked layers. Throws with the tar's path where its
 * digest differs.
 */
export async function unpackLayers(
  layers: readonly LayerFile[],
  progress: (text: string) => void = () => {},
): Promise<number> {
  const missing: LayerFile[] = [];
  // Unused layers are removed from the cache by age.
  for (const layer of new Map(layers.map((layer) => [layer.digest, layer])).values())
    if (existsSync(folderOf(layer.digest))) markUsed(folderOf(layer.digest));
    else missing.push(layer);
  if (missing.length === 0) return 0;
  const unpacked: [partial: string, folder: string][] = [];
  const queue = [...missing];
  const worker = async () => {
    for (let layer = queue.shift(); layer; layer = queue.shift()) {
      const folder = folderOf(layer.digest);
      const partial = partialPath(folder);
      unpacked.push([partial, folder]);
      await unpack(layer, join(partial, "content"));
      progress(`${missing.length - queue.length} of ${missing.length} layers unpacked`);
    }
  };
  try {
    // Waits for both, so that none writes on after an error.
    const results = await Promise.allSettled([worker(), worker()]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
    // A folder with its final name counts as complete, also after a power failure: its files are flushed first.
    await run("sync", ["--file-system", dirname(folderOf(missing[0]?.digest ?? ""))]);
    for (const [partial, folder] of unpacked) moveToFinalName(partial, folder);
    return missing.length;
  } finally {
    for (const [partial] of unpacked) rmSync(partial, { recursive: true, force: true });
  }
}

function folderOf(digest: string): string {
  return cacheDir("unpacked", digest.replace("sha256:", ""));
}

/** Renames an unpacked layer, unless another process has unpacked the same one meanwhile. */
function moveToFinalName(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!["EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

async function unpack({ digest, path }: LayerFile, target: string): Promise<void> {
  mkdirSync(target, { recursive: true, mode: 0o755 });
  const child = spawn("tar", ["-x", "--numeric-owner", "--same-owner", "--same-permissions", "-C", target], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const exitCode = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  exitCode.catch(() => {});
  const hash = createHash("sha256");
  const hashing = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  // Where tar ends early, its own message is the better error.
  const pipeError = await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hashing, child.stdin).catch(
    (error: Error) => error,
  );
  const code = await exitCode;
  const actualDigest = `sha256:${hash.digest("hex")}`;
  if (code !== 0) throw new Error(`${path} can't be unpacked: ${errors.trim() || `tar ended with ${code}`}`);
  if (pipeError) throw pipeError;
  if (actualDigest !== digest)
    throw new Error(`${path} is damaged: its digest is ${actualDigest}. Remove it, and it is built again`);
}

/**
 * Copies an unpacked layer's content into the folder `target`: as hard links where both are in one file system, as files otherwise.
 * Nothing writes through the links, because a container has its image read-only below a writable layer of its own.
 */
export async function copyLayer(layer: LayerFile, target: string): Promise<void> {
  const source = unpackedPath(layer);
  const method = canLink(dirname(source), dirname(target)) ? "--link" : "--reflink=auto";
  await run("cp", ["--archive", method, `${source}/.`, target]);
}

/** Whether a file of one folder can have a hard link in the other. It is tried, as two mounts of one file system can't be told apart. */
function canLink(folder: string, other: string): boolean {
  const name = `.probe-${ownerMark()}`;
  try {
    writeFileSync(join(folder, name), "");
    linkSync(join(folder, name), join(other, name));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EXDEV") return false;
    throw error;
  } finally {
    rmSync(join(folder, name), { force: true });
    rmSync(join(other, name), { force: true });
  }
}

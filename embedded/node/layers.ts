// Unpacks image layers once on this machine: instances share them by hard links, which need no time or space.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run } from "./host.ts";
import { cacheDir, markUsed } from "./paths.ts";
import { maker, partialOf } from "./unfinished.ts";

/** A layer as a file. */
export interface LayerFile {
  /** `sha256:…` of the uncompressed tar. */
  digest: string;
  /** Where the tar is. */
  path: string;
}

/** Where a layer's content is once it is unpacked. */
export function unpackedPath({ digest }: LayerFile): string {
  return join(folderOf(digest), "content");
}

/**
 * Unpacks what is not there yet of `layers`, two at a time, and checks each against its digest. What stands at its final path
 * is complete and flushed to the disk. Returns the number of unpacked layers. Throws with the tar's path where its digest differs.
 */
export async function unpackLayers(
  layers: readonly LayerFile[],
  progress: (text: string) => void = () => {},
): Promise<number> {
  const missing: LayerFile[] = [];
  // The time marks it as used: the cache is cleaned by age.
  for (const layer of new Map(layers.map((layer) => [layer.digest, layer])).values())
    if (existsSync(folderOf(layer.digest))) markUsed(folderOf(layer.digest));
    else missing.push(layer);
  if (missing.length === 0) return 0;
  const unpacked: [partial: string, folder: string][] = [];
  const queue = [...missing];
  const worker = async () => {
    for (let layer = queue.shift(); layer; layer = queue.shift()) {
      const folder = folderOf(layer.digest);
      const partial = partialOf(folder);
      unpacked.push([partial, folder]);
      await unpack(layer, join(partial, "content"));
      progress(`${missing.length - queue.length} of ${missing.length} layers unpacked`);
    }
  };
  try {
    // Waits for both, so that none writes on after an error.
    const ends = await Promise.allSettled([worker(), worker()]);
    for (const end of ends) if (end.status === "rejected") throw end.reason;
    // An existing folder counts as complete: its files must be flushed in case of a power failure.
    await run("sync", ["--file-system", dirname(folderOf(missing[0]?.digest ?? ""))]);
    for (const [partial, folder] of unpacked) put(partial, folder);
    return missing.length;
  } finally {
    for (const [partial] of unpacked) rmSync(partial, { recursive: true, force: true });
  }
}

function folderOf(digest: string): string {
  return cacheDir("unpacked", digest.replace("sha256:", ""));
}

/** Two processes that unpack a layer at once make the same content: the second one's is discarded. */
function put(partial: string, folder: string): void {
  try {
    renameSync(partial, folder);
  } catch (error) {
    if (!["EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}

async function unpack({ digest, path }: LayerFile, into: string): Promise<void> {
  mkdirSync(into, { recursive: true, mode: 0o755 });
  const child = spawn("tar", ["-x", "--numeric-owner", "--same-owner", "--same-permissions", "-C", into], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  ended.catch(() => {});
  const hash = createHash("sha256");
  const count = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  // Where tar ends early, what it says is the better error.
  const fed = await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), count, child.stdin).catch(
    (error: Error) => error,
  );
  const code = await ended;
  const found = `sha256:${hash.digest("hex")}`;
  if (code !== 0) throw new Error(`${path} can't be unpacked: ${errors.trim() || `tar ended with ${code}`}`);
  if (fed) throw fed;
  if (found !== digest) throw new Error(`${path} is damaged: its digest is ${found}. Remove it, and it is built again`);
}

/**
 * Puts an unpacked layer's content into the folder `into`: by hard links where both are in one file system, by copies elsewhere.
 * Nothing writes through a link, as containers get their images read-only below a layer of their own.
 */
export async function place(layer: LayerFile, into: string): Promise<void> {
  const from = unpackedPath(layer);
  const how = canLink(dirname(from), dirname(into)) ? "--link" : "--reflink=auto";
  await run("cp", ["--archive", how, `${from}/.`, into]);
}

/** Whether a file can have a name in both folders; two mounts of one file system look like one in everything else. */
function canLink(folder: string, other: string): boolean {
  const name = `.probe-${maker()}`;
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

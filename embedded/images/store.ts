// Hashes and atomic writes for the content-addressed cache: no reader sees a partial file.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { partialPath } from "../node/unfinished.ts";

/** SHA-256 of the JSON of values, in hexadecimal. */
export function hashOf(...values: unknown[]): string {
  return sha256(JSON.stringify(values));
}

/** SHA-256 of data, in hexadecimal. */
export function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** SHA-256 of a file's content, in hexadecimal. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}

/** Reads a JSON file; undefined where there is none, or where it is not valid JSON. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    // A power failure can leave an empty file: what can't be read is made again.
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes a file atomically: a reader sees all of it or nothing. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  await makeWhole(path, async (partial) => await writeFile(partial, data));
}

/** Lets `make` write a file or folder at a temporary path, and renames that to `path` at the end. */
export async function makeWhole<T>(path: string, make: (partial: string) => Promise<T>): Promise<T> {
  const partial = partialPath(path);
  try {
    const result = await make(partial);
    await rename(partial, path);
    return result;
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

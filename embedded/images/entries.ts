// Makes the entries of a layer: files, folders and links, whose owners and modes do not depend on the user who builds.
import { lstat, readdir, readlink } from "node:fs/promises";
import { join, matchesGlob } from "node:path";

interface EntryFields {
  /** Path in the image, without a leading slash. */
  path: string;
  mode: number;
  uid?: number;
  gid?: number;
}

/** One member of a layer. */
export type Entry = EntryFields &
  ({ type: "directory" } | { type: "symlink"; target: string } | { type: "file"; source: string | Buffer });

/** A file with text as its content. */
export function text(path: string, content: string, mode = 0o644): Entry {
  return { type: "file", path, mode, source: Buffer.from(content) };
}

/** A file of this machine, at `path` in the image. */
export function file(path: string, source: string, mode = 0o755): Entry {
  return { type: "file", path, mode, source };
}

/** A folder; root owns it by default. */
export function directory(path: string, options: { mode?: number; uid?: number; gid?: number } = {}): Entry {
  return { type: "directory", path, mode: 0o755, ...options };
}

/** A symbolic link. */
export function link(path: string, target: string): Entry {
  return { type: "symlink", path, mode: 0o777, target };
}

/**
 * The entries of everything below the folder `from`, for `to` in the image ("" is its root). All are owned by root and have no
 * set-user-id bits, because no program in the images changes its user. `excluded` are globs of paths relative to `from`; a folder that
 * matches one is left out with everything in it. Sockets, devices and pipes are left out.
 */
export async function tree(from: string, to: string, excluded: readonly string[] = []): Promise<Entry[]> {
  const entries: Entry[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(join(from, folder))).sort()) {
      const relativePath = join(folder, name);
      if (excluded.some((glob) => matchesGlob(relativePath, glob))) continue;
      const source = join(from, relativePath);
      const stat = await lstat(source);
      const path = join(to, relativePath);
      const mode = stat.mode & 0o1777;
      if (stat.isDirectory()) {
        entries.push({ type: "directory", path, mode });
        await walk(relativePath);
      } else if (stat.isSymbolicLink()) entries.push(link(path, await readlink(source)));
      else if (stat.isFile()) entries.push({ type: "file", path, mode, source });
    }
  };
  await walk("");
  return entries;
}

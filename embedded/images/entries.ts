// Entries of a layer: files, folders and links with fixed owners and modes, whoever builds them.
import { lstat, readdir, readlink } from "node:fs/promises";
import { join, matchesGlob } from "node:path";

interface Base {
  /** Path in the image, without a leading slash. */
  path: string;
  mode: number;
  uid?: number;
  gid?: number;
}

/** One member of a layer. */
export type Entry = Base &
  ({ type: "directory" } | { type: "symlink"; target: string } | { type: "file"; source: string | Buffer });

/** A file with text as its content. */
export function text(path: string, content: string, mode = 0o644): Entry {
  return { type: "file", path, mode, source: Buffer.from(content) };
}

/** A file of this machine, at `path` in the image. */
export function file(path: string, source: string, mode = 0o755): Entry {
  return { type: "file", path, mode, source };
}

/** A folder; owned by root unless said otherwise. */
export function directory(path: string, options: { mode?: number; uid?: number; gid?: number } = {}): Entry {
  return { type: "directory", path, mode: 0o755, ...options };
}

/** A symbolic link. */
export function link(path: string, target: string): Entry {
  return { type: "symlink", path, mode: 0o777, target };
}

/**
 * Everything below the folder `from`, at `to` in the image ("" is its root). Owners become root and set-user-id bits are
 * taken away: nothing in a container of ours changes its user. `drop` are globs of paths relative to `from`; a folder
 * that one names is left out with all that it holds. Sockets, devices and pipes are left out.
 */
export async function tree(from: string, to: string, drop: readonly string[] = []): Promise<Entry[]> {
  const entries: Entry[] = [];
  const walk = async (relative: string): Promise<void> => {
    for (const name of (await readdir(join(from, relative))).sort()) {
      const inside = join(relative, name);
      if (drop.some((glob) => matchesGlob(inside, glob))) continue;
      const source = join(from, inside);
      const stat = await lstat(source);
      const path = join(to, inside);
      const mode = stat.mode & 0o1777;
      if (stat.isDirectory()) {
        entries.push({ type: "directory", path, mode });
        await walk(inside);
      } else if (stat.isSymbolicLink()) entries.push(link(path, await readlink(source)));
      else if (stat.isFile()) entries.push({ type: "file", path, mode, source });
    }
  };
  await walk("");
  return entries;
}

// Puts image archives into a node's containerd, each only when it is new there.
import type { Archive } from "./archive.ts";
import { run } from "./host.ts";
import { unpackLayers } from "./layers.ts";
import { Snapshots } from "./snapshots.ts";

/** Label of an image that says which archive it came from. */
const label = "agentic.io/archive";

/** Images of one archive. */
type Group = [path: string, archives: Archive[]];

/**
 * Imports what containerd at `socket` does not hold yet, two images at a time. Returns how many archives were imported. An
 * archive that can't be imported is an error with its path.
 *
 * Where layers lie beside an archive, containerd is given their content unpacked: reading them into its store and unpacking
 * them from there would take ten times as long, and each instance would hold all of it twice.
 */
export async function importArchives(
  socket: string,
  archives: readonly Archive[],
  progress: (text: string) => void = () => {},
): Promise<number> {
  const importedDigests = await imageLabels(socket);
  const missing = archives.filter(({ ref, digest }) => importedDigests.get(ref) !== digest);
  await unpackLayers(
    missing.flatMap(({ layers = [] }) => layers),
    progress,
  );
  const groups: Group[] = [...Map.groupBy(missing, ({ path }) => path)];
  const snapshots = new Snapshots(socket);
  let done = 0;
  const worker = async () => {
    for (let group = groups.shift(); group; group = groups.shift()) {
      await importOne(socket, group, snapshots);
      progress(`${++done} of ${done + groups.length} image archives imported`);
    }
  };
  // Both are waited for, so that none goes on behind the other's error.
  const ends = await Promise.allSettled([worker(), worker()]);
  await snapshots.release();
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return done;
}

async function importOne(socket: string, [path, archives]: Group, snapshots: Snapshots): Promise<void> {
  for (const { layers } of archives) if (layers) await snapshots.make(layers);
  await ctr(socket, ["images", "import", path]);
  for (const { ref, digest } of archives)
    await ctr(socket, ["images", "label", ref, `${label}=${digest}`]).catch(() => {
      throw new Error(`${path} does not hold an image named ${ref}: give the archive's own image name`);
    });
}

async function imageLabels(socket: string): Promise<Map<string, string>> {
  const text = await ctr(socket, ["images", "ls"]);
  return parseImages(text);
}

/** Image name → archive digest, from the table that `ctr images ls` prints. */
export function parseImages(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split("\n").slice(1)) {
    const [ref = ""] = line.split(/\s/, 1);
    const digest = new RegExp(`(?:\\s|,)${label.replaceAll(".", "\\.")}=([^,\\s]+)`).exec(line)?.[1];
    if (digest) found.set(ref, digest);
  }
  return found;
}

async function ctr(socket: string, args: string[]): Promise<string> {
  return await run("ctr", ["--address", socket, "--namespace", "k8s.io", ...args]);
}

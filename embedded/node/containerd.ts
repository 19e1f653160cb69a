// Imports image archives into a node's containerd, unless it has their images already.
import type { Archive } from "./archive.ts";
import { run } from "./host.ts";
import { unpackLayers } from "./layers.ts";
import { Snapshots } from "./snapshots.ts";

/** Label of an image that holds the digest of its archive. */
const archiveLabel = "agentic.io/archive";

/** An archive's file, and the images in it. */
type ArchiveFile = [path: string, images: Archive[]];

/**
 * Imports the archives whose images containerd at `socket` does not have yet, two files at a time. Returns the number of imported
 * files. Throws with its path where one can't be imported.
 *
 * Layers in files beside an archive are unpacked here and become containerd's snapshots: importing them into its content store and
 * unpacking them from there would take ten times as long, and each instance would hold all of it twice.
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
  const queue: ArchiveFile[] = [...Map.groupBy(missing, ({ path }) => path)];
  const snapshots = new Snapshots(socket);
  let imported = 0;
  const worker = async () => {
    for (let file = queue.shift(); file; file = queue.shift()) {
      await importFile(socket, file, snapshots);
      progress(`${++imported} of ${imported + queue.length} image archives imported`);
    }
  };
  // Waits for both, so that no import goes on after the other's error.
  const results = await Promise.allSettled([worker(), worker()]);
  await snapshots.release();
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return imported;
}

async function importFile(socket: string, [path, images]: ArchiveFile, snapshots: Snapshots): Promise<void> {
  for (const { layers } of images) if (layers) await snapshots.make(layers);
  await ctr(socket, ["images", "import", path]);
  for (const { ref, digest } of images)
    await ctr(socket, ["images", "label", ref, `${archiveLabel}=${digest}`]).catch(() => {
      throw new Error(`${path} does not hold an image named ${ref}: give the name that the image has in the archive`);
    });
}

async function imageLabels(socket: string): Promise<Map<string, string>> {
  const text = await ctr(socket, ["images", "ls"]);
  return parseImages(text);
}

/** Image name → archive digest, from the table that `ctr images ls` prints. */
export function parseImages(text: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const line of text.split("\n").slice(1)) {
    const [ref = ""] = line.split(/\s/, 1);
    const digest = new RegExp(`(?:\\s|,)${archiveLabel.replaceAll(".", "\\.")}=([^,\\s]+)`).exec(line)?.[1];
    if (digest) digests.set(ref, digest);
  }
  return digests;
}

async function ctr(socket: string, args: string[]): Promise<string> {
  return await run("ctr", ["--address", socket, "--namespace", "k8s.io", ...args]);
}

// Creates containerd's snapshots of an image's layers from layers that are unpacked on this machine.
import { createHash } from "node:crypto";
import { run } from "./host.ts";
import { type LayerFile, place } from "./layers.ts";
import { isAbandoned, maker } from "./unfinished.ts";

/** Label under which containerd keeps a snapshot that no image refers to yet; `ctr` sets it. */
const root = "containerd.io/gc.root";

/** The snapshots of one import into the containerd at `socket`: each is made once, whatever number of images has it. */
export class Snapshots {
  readonly #socket: string;
  readonly #made = new Map<string, Promise<void>>();
  readonly #held: string[] = [];
  #known: Promise<Set<string>> | undefined;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Makes the snapshots of `layers`, lowest first, as far as containerd has none. They must be unpacked. */
  async make(layers: readonly LayerFile[]): Promise<void> {
    const chain = chainIds(layers.map(({ digest }) => digest));
    for (const [i, layer] of layers.entries()) {
      const [id = "", parent] = [chain[i], chain[i - 1]];
      if (!this.#made.has(id)) this.#made.set(id, this.#one(id, parent, layer));
      await this.#made.get(id);
    }
  }

  /** Hands the snapshots over to the images that refer to them: containerd removes them with the last of those. */
  async release(): Promise<void> {
    for (const id of this.#held) await this.#ctr(["label", id, `${root}=`]);
  }

  async #one(id: string, parent: string | undefined, layer: LayerFile): Promise<void> {
    this.#known ??= this.#clean();
    if ((await this.#known).has(id)) {
      // An interrupted import may have left it without handing it over to its image.
      this.#held.push(id);
      return;
    }
    const key = `place-${maker()} ${id}`;
    const mounts = await this.#ctr(["prepare", "--mounts", key, ...(parent ? [parent] : [])]);
    try {
      await place(layer, upper(mounts));
      await this.#ctr(["commit", id, key]);
      this.#held.push(id);
    } catch (error) {
      await this.#ctr(["rm", key]).catch(() => {});
      // Another import was faster.
      if (!(await this.#list()).has(id)) throw error;
    }
  }

  /** The existing snapshots, after removing incomplete ones of interrupted imports. */
  async #clean(): Promise<Set<string>> {
    const lines = (await this.#ctr(["ls"])).split("\n");
    for (const [place = "", id] of lines.map((line) => line.split(/\s+/)))
      if (place.startsWith("place-") && isAbandoned(place)) await this.#ctr(["rm", `${place} ${id}`]).catch(() => {});
    return await this.#list();
  }

  async #list(): Promise<Set<string>> {
    const lines = (await this.#ctr(["ls"])).split("\n").slice(1);
    return new Set(
      lines.filter((line) => line.trimEnd().endsWith("Committed")).map((line) => line.split(" ", 1)[0] ?? ""),
    );
  }

  async #ctr(args: string[]): Promise<string> {
    return await run("ctr", ["--address", this.#socket, "--namespace", "k8s.io", "snapshots", ...args]);
  }
}

/** Names of an image's snapshots as OCI defines them, from its layers' digests (lowest first). */
export function chainIds(diffIds: readonly string[]): string[] {
  const ids: string[] = [];
  for (const diffId of diffIds) {
    const below = ids.at(-1);
    ids.push(below ? `sha256:${createHash("sha256").update(`${below} ${diffId}`).digest("hex")}` : diffId);
  }
  return ids;
}

/** The folder that an active snapshot's content is written to, from its mounts as JSON. */
export function upper(mounts: string): string {
  const [mount] = JSON.parse(mounts) as { Type: string; Source: string; Options?: string[] }[];
  const folder =
    mount?.Type === "bind"
      ? mount.Source
      : mount?.Options?.find((option) => option.startsWith("upperdir="))?.slice("upperdir=".length);
  if (!folder) throw new Error(`containerd's snapshotter mounts ${mounts}: only bind and overlay mounts are supported`);
  return folder;
}

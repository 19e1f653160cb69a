// Creates containerd's snapshots of an image's layers from layers that are unpacked in the cache.
import { createHash } from "node:crypto";
import { run } from "./host.ts";
import { copyLayer, type LayerFile } from "./layers.ts";
import { isAbandoned, ownerMark } from "./unfinished.ts";

/** Label that keeps containerd from collecting a snapshot that no image refers to yet; `ctr` sets it. */
const gcRootLabel = "containerd.io/gc.root";

/** Prefix of the keys of snapshots that are not committed yet. */
const keyPrefix = "place-";

/** The snapshots of one import into the containerd at `socket`: one for each layer, which images may share. */
export class Snapshots {
  readonly #socket: string;
  readonly #creations = new Map<string, Promise<void>>();
  /** Ids of the snapshots that still have the label. */
  readonly #labelled: string[] = [];
  #committed: Promise<Set<string>> | undefined;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Creates those snapshots of an image's layers, lowest first, that containerd does not have. The layers must be unpacked. */
  async make(layers: readonly LayerFile[]): Promise<void> {
    const chain = chainIds(layers.map(({ digest }) => digest));
    for (const [i, layer] of layers.entries()) {
      const [id = "", parent] = [chain[i], chain[i - 1]];
      if (!this.#creations.has(id)) this.#creations.set(id, this.#create(id, parent, layer));
      await this.#creations.get(id);
    }
  }

  /** Removes the label from the snapshots, once images refer to them: containerd collects each with the last of its images. */
  async release(): Promise<void> {
    for (const id of this.#labelled) await this.#ctr(["label", id, `${gcRootLabel}=`]);
  }

  async #create(id: string, parent: string | undefined, layer: LayerFile): Promise<void> {
    this.#committed ??= this.#listAfterCleaning();
    if ((await this.#committed).has(id)) {
      // An interrupted import may have left its label on it.
      this.#labelled.push(id);
      return;
    }
    const key = `${keyPrefix}${ownerMark()} ${id}`;
    const mounts = await this.#ctr(["prepare", "--mounts", key, ...(parent ? [parent] : [])]);
    try {
      await copyLayer(layer, writableFolder(mounts));
      await this.#ctr(["commit", id, key]);
      this.#labelled.push(id);
    } catch (error) {
      await this.#ctr(["rm", key]).catch(() => {});
      // Another import may have committed the same one first.
      if (!(await this.#list()).has(id)) throw error;
    }
  }

  /** The ids of committed snapshots, after removing uncommitted ones of interrupted imports. */
  async #listAfterCleaning(): Promise<Set<string>> {
    const lines = (await this.#ctr(["ls"])).split("\n");
    for (const [key = "", id] of lines.map((line) => line.split(/\s+/)))
      if (key.startsWith(keyPrefix) && isAbandoned(key)) await this.#ctr(["rm", `${key} ${id}`]).catch(() => {});
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

/** The chain ids of an image's layers as OCI defines them, by which containerd names snapshots, from the layers' diff ids (lowest first). */
export function chainIds(diffIds: readonly string[]): string[] {
  const ids: string[] = [];
  for (const diffId of diffIds) {
    const parent = ids.at(-1);
    ids.push(parent ? `sha256:${createHash("sha256").update(`${parent} ${diffId}`).digest("hex")}` : diffId);
  }
  return ids;
}

/** The folder to which an active snapshot's content is written, from its mounts as JSON. */
export function writableFolder(mounts: string): string {
  const [mount] = JSON.parse(mounts) as { Type: string; Source: string; Options?: string[] }[];
  const folder =
    mount?.Type === "bind"
      ? mount.Source
      : mount?.Options?.find((option) => option.startsWith("upperdir="))?.slice("upperdir=".length);
  if (!folder) throw new Error(`containerd's snapshotter mounts ${mounts}: only bind and overlay mounts are supported`);
  return folder;
}

// Makes the layers that several images share.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CombinedProgress } from "../../node/progress.ts";
import { baseLayer, debianLayer } from "../debian.ts";
import { file, link } from "../entries.ts";
import type { Layer } from "../layer.ts";
import { makeLayer } from "../layer.ts";
import { npmMaterials } from "../materials.ts";
import { sha256File } from "../store.ts";

/** The shared layers of one build, lowest first. Each is made at the first call. */
export interface Bases {
  base(): Promise<Layer>;
  /** The base, and a small shell. */
  shell(): Promise<Layer[]>;
  /** The base, and Node.js at /usr/local/bin/node. */
  node(): Promise<Layer[]>;
}

/** The repository's top folder. */
export const root = join(import.meta.dirname, "..", "..", "..");

/** Commands of the small shell. */
const applets =
  "awk base64 basename cat chmod cp cut date dirname du echo env expr false find grep head hostname id ls mkdir mktemp mv nc nslookup printf ps pwd readlink rm sed sh sleep sort stat tail tar tee test timeout touch tr true uname wc wget xargs".split(
    " ",
  );

/** Shared layers of one build. */
export function makeBases(board: CombinedProgress): Bases {
  const base = once(() => board.run("base", baseLayer));
  return {
    base,
    shell: once(async () => {
      const below = [await base()];
      const shell = await board.run("shell", (progress) =>
        debianLayer({
          name: "shell",
          packages: ["busybox-static"],
          below,
          progress,
          without: ["usr/share/initramfs-tools"],
          inputs: applets,
          more: () => applets.map((name) => link(`usr/bin/${name}`, "busybox")),
        }),
      );
      return [...below, shell];
    }),
    node: once(async () => [await base(), await board.run("node", nodeLayer)]),
  };
}

/** A layer with Node.js, from the npm package that the repository's lock file pins. */
async function nodeLayer(): Promise<Layer> {
  const folder = join(root, "node_modules", "node");
  const version = nodeVersion();
  const program = join(folder, "bin", "node");
  let digest = "";
  return await makeLayer({
    name: "node",
    inputs: { version, arch: process.arch },
    entries: async () => {
      digest = await sha256File(program);
      return [file("usr/local/bin/node", program), link("usr/local/bin/nodejs", "node")];
    },
    // The package's install script fetches the program: the lock file has the digest of the script alone.
    materials: () => [
      ...npmMaterials(join(root, "package-lock.json"), (path) => path === "node_modules/node"),
      { name: "node", uri: `pkg:generic/node@${version}`, digest: { sha256: digest } },
    ],
  });
}

/** The version of Node.js that the repository pins, by its development dependency `node`. */
export function nodeVersion(): string {
  const file = join(root, "node_modules", "node", "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** A function that calls `make` once, and returns the result of that call, a failure too. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= make();
    return result;
  };
}

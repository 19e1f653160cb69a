// The layers that several images share, each made once.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CombinedProgress } from "../../node/progress.ts";
import { baseLayer, debianLayer } from "../debian.ts";
import { file, link } from "../entries.ts";
import type { Layer } from "../layer.ts";
import { makeLayer } from "../layer.ts";

/** Gives shared layers, lowest first; who asks second gets the first one's. */
export interface Bases {
  base(): Promise<Layer>;
  /** base and a small shell. */
  shell(): Promise<Layer[]>;
  /** base and Node.js at /usr/local/bin/node. */
  node(): Promise<Layer[]>;
}

/** The repository's own folder. */
export const root = join(import.meta.dirname, "..", "..", "..");

/** Commands that the small shell offers. */
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

/** Node.js, from the npm package that the repository's lock file pins. */
async function nodeLayer(): Promise<Layer> {
  const folder = join(root, "node_modules", "node");
  const version = nodeVersion();
  return await makeLayer({
    name: "node",
    inputs: { version, arch: process.arch },
    entries: async () => [
      file("usr/local/bin/node", join(folder, "bin", "node")),
      link("usr/local/bin/nodejs", "node"),
    ],
  });
}

/** The version that the repository pins, by its development dependency `node`. */
export function nodeVersion(): string {
  const file = join(root, "node_modules", "node", "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** Runs `make` at most once; a failure stays one for this build. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    result ??= make();
    return result;
  };
}

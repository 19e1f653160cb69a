// The image of a small shell, for tests of the node.
import type { ImageSpec } from "../archive.ts";
import type { Bases } from "./bases.ts";

/** The image. */
export async function busybox(bases: Bases): Promise<ImageSpec> {
  return { name: "registry.local/busybox:1", layers: await bases.shell(), user: "0:0", entrypoint: ["/bin/sh"] };
}

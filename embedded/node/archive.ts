// Writes image archives of single programs: pause, which every pod needs, and CoreDNS.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { images } from "./config.ts";
import type { LayerFile } from "./layers.ts";
import { cacheDir, markUsed } from "./paths.ts";
import { partialPath } from "./unfinished.ts";

/** An image archive on disk. */
export interface Archive {
  /** The image's full name with its tag. */
  ref: string;
  path: string;
  /** Any string that changes with the content. */
  digest: string;
  /** The layers, lowest first, where they are files beside the archive instead of in it. */
  layers?: readonly LayerFile[];
}

/** The archives of pause and CoreDNS, from the node's programs in `bin`; written once per content. */
export function systemArchives(bin: string): Archive[] {
  return [
    programArchive({ ref: images.pause, program: join(bin, "pause"), uid: 65535 }),
    programArchive({ ref: images.coredns, program: join(bin, "coredns"), uid: 65532 }),
  ];
}

/** An image with nothing in it but one static program, which it runs as `uid`. */
export function programArchive(options: { ref: string; program: string; uid: number }): Archive {
  const program = realpathSync(options.program);
  // The folder of a built program is named by the hash of its sources: no need to read 50 MB at each start.
  const digest = sha256(["2", options.ref, String(options.uid), basename(dirname(program))].join("\0"));
  const path = cacheDir("images", `program-${digest.slice(0, 20)}.tar`);
  if (!existsSync(path)) {
    const partial = partialPath(path);
    writeFileSync(partial, imageTar(options.ref, basename(options.program), readFileSync(program), options.uid));
    renameSync(partial, path);
  }
  markUsed(path);
  return { ref: options.ref, path, digest };
}

function imageTar(ref: string, name: string, program: Buffer, uid: number): Buffer {
  const layer = Buffer.concat([...tarEntry(name, program, 0o755), tarEnd]);
  const diffId = sha256(layer);
  // containerd resumes an interrupted import by the names in the archive: a name must never stand for other content.
  const layerName = `${diffId}.tar`;
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: { User: `${uid}:${uid}`, Env: ["PATH=/"], Entrypoint: [`/${name}`], WorkingDir: "/" },
      rootfs: { type: "layers", diff_ids: [`sha256:${diffId}`] },
    }),
  );
  const configName = `${sha256(config)}.json`;
  const manifest = Buffer.from(JSON.stringify([{ Config: configName, RepoTags: [ref], Layers: [layerName] }]));
  return Buffer.concat([
    ...tarEntry(configName, config, 0o644),
    ...tarEntry(layerName, layer, 0o644),
    ...tarEntry("manifest.json", manifest, 0o644),
    tarEnd,
  ]);
}

const block = 512;
const tarEnd = Buffer.alloc(2 * block);

/** One regular file as a ustar entry: header, content, padding. */
function tarEntry(name: string, content: Buffer, mode: number): Buffer[] {
  const header = Buffer.alloc(block);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  header.write(name, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  // The checksum counts its own field as spaces.
  header.fill(" ", 148, 156);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  const checksum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, "0")}\0 `, 148);
  return [header, content, Buffer.alloc((block - (content.length % block)) % block)];
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

// Writes image archives in OCI's layout, without their layers: these are files in the cache, which images share.
import { existsSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { Archive as NodeArchive } from "../node/archive.ts";
import { cacheDir } from "../node/paths.ts";
import type { Layer } from "./layer.ts";
import type { Material } from "./materials.ts";
import { sha256, writeWhole } from "./store.ts";

/** An image in an archive. */
export interface Archive extends NodeArchive {
  /** Full name with tag. */
  ref: string;
  path: string;
  /** `sha256:…` of the image's manifest. */
  digest: string;
  /** What it was built from; absent in images that were not built here. */
  materials?: readonly Material[];
}

/** The settings of an image, as in a Dockerfile. */
export interface ImageSpec {
  /** Full name with a tag, or without one: then the tag is a hash of the content. */
  name: string;
  /** The layers, lowest first. */
  layers: readonly Layer[];
  user: string;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  env?: Readonly<Record<string, string>>;
  workdir?: string;
  /** Such as `9000/tcp`. */
  expose?: readonly string[];
  volumes?: readonly string[];
  stopSignal?: string;
  labels?: Readonly<Record<string, string>>;
}

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** The archive of an image, which is written unless the cache has it. */
export async function makeArchive(spec: ImageSpec): Promise<Archive> {
  const config = Buffer.from(JSON.stringify(imageConfig(spec)));
  const descriptor = ({ digest, size }: { digest: string; size: number }, mediaType: string) => ({
    mediaType,
    digest,
    size,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: descriptor(digestAndSize(config), "application/vnd.oci.image.config.v1+json"),
      layers: spec.layers.map((layer) => descriptor(layer, "application/vnd.oci.image.layer.v1.tar")),
    }),
  );
  const { digest } = digestAndSize(manifest);
  const ref = /:[^/]+$/.test(spec.name) ? spec.name : `${spec.name}:${digest.slice(7, 19)}`;
  const path = cacheDir("images", `${fileName(ref)}-${sha256(`${ref} ${digest}`).slice(0, 12)}.image.tar`);
  if (!existsSync(path)) await writeWhole(path, await layout(ref, config, manifest));
  return {
    ref,
    path,
    digest,
    layers: spec.layers.map(({ digest, path }) => ({ digest, path })),
    materials: spec.layers.flatMap(({ materials = [] }) => materials),
  };
}

/** An image's OCI configuration, in which nothing depends on the time or the machine of its build. */
export function imageConfig(spec: ImageSpec): unknown {
  const { PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...env } = spec.env ?? {};
  const asSet = (names: readonly string[] | undefined) => names && Object.fromEntries(names.map((name) => [name, {}]));
  return {
    architecture: process.arch === "x64" ? "amd64" : process.arch,
    os: "linux",
    config: {
      User: spec.user,
      ExposedPorts: asSet(spec.expose),
      Env: Object.entries({ PATH, ...env }).map(([key, value]) => `${key}=${value}`),
      Entrypoint: spec.entrypoint,
      Cmd: spec.cmd,
      Volumes: asSet(spec.volumes),
      WorkingDir: spec.workdir ?? "/",
      Labels: spec.labels,
      StopSignal: spec.stopSignal,
    },
    rootfs: { type: "layers", diff_ids: spec.layers.map(({ digest }) => digest) },
  };
}

/** A tar of an OCI layout without its layers. */
async function layout(ref: string, config: Buffer, manifest: Buffer): Promise<Buffer> {
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        mediaType: manifestType,
        ...digestAndSize(manifest),
        // containerd reads the image's name from the first annotation, other tools from the second.
        annotations: { "io.containerd.image.name": ref, "org.opencontainers.image.ref.name": ref },
      },
    ],
  };
  const files: Record<string, Buffer> = {
    "oci-layout": Buffer.from(JSON.stringify({ imageLayoutVersion: "1.0.0" })),
    "index.json": Buffer.from(JSON.stringify(index)),
    [blobName(digestAndSize(config).digest)]: config,
    [blobName(digestAndSize(manifest).digest)]: manifest,
  };
  const tar = pack();
  const content = buffer(tar);
  for (const [name, data] of Object.entries(files)) tar.entry({ mode: 0o644, mtime: new Date(0), name }, data);
  tar.finalize();
  return await content;
}

function digestAndSize(data: Buffer): { digest: string; size: number } {
  return { digest: `sha256:${sha256(data)}`, size: data.length };
}

function blobName(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function fileName(ref: string): string {
  return ref.replace(/^.*\//, "").replaceAll(/[^\w.-]/g, "-");
}

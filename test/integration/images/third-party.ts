// An archive of an image that was not built here: an OCI layout of one layer with files.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

async function tar(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const stream = pack();
  const content = buffer(stream);
  for (const [name, text] of Object.entries(files)) stream.entry({ name, mtime: new Date(0) }, text);
  stream.finalize();
  return await content;
}

/** Writes the archive of the image `ref` with files to `path`. */
export async function writeImage(path: string, ref: string, files: Readonly<Record<string, string>>): Promise<void> {
  const type = "application/vnd.oci.image";
  const layer = await tar(files);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "x64" ? "amd64" : process.arch,
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
    }),
  );
  const descriptor = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: `sha256:${sha256(bytes)}`,
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: descriptor(`${type}.config.v1+json`, config),
      layers: [descriptor(`${type}.layer.v1.tar`, layer)],
    }),
  );
  const annotations = { "io.containerd.image.name": ref, "org.opencontainers.image.ref.name": ref };
  const index = { ...descriptor(`${type}.manifest.v1+json`, manifest), annotations };
  const blobs = [config, layer, manifest].map((bytes) => [`blobs/sha256/${sha256(bytes)}`, bytes] as const);
  writeFileSync(
    path,
    await tar({
      "oci-layout": JSON.stringify({ imageLayoutVersion: "1.0.0" }),
      "index.json": JSON.stringify({ schemaVersion: 2, manifests: [index] }),
      ...Object.fromEntries(blobs),
    }),
  );
}

// Has syft list what is in an image that was not built here. It is compiled only where there is such an image.
import { createWriteStream, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ensureGoProgram } from "../../node/build.ts";
import type { Program } from "../../node/compile.ts";
import { cacheDir, markUsed } from "../../node/paths.ts";
import type { Progress } from "../../node/progress.ts";
import { makeTempDir } from "../../node/unfinished.ts";
import type { Archive } from "../archive.ts";
import { run } from "../command.ts";
import { eachBlob, readManifest } from "../publish/archived.ts";
import { readJson, writeWhole } from "../store.ts";
import type { SpdxDocument } from "./spdx.ts";

/** The build of syft. */
export function syftBuild(): Program {
  const module = join(import.meta.dirname, "..", "go", "syft");
  return { name: "syft", module, package: "github.com/anchore/syft/cmd/syft", ldflags: "-s -w" };
}

/** The SPDX document about an image. It is made once for each digest. */
export async function scan(archive: Archive, progress: Progress): Promise<SpdxDocument> {
  const path = cacheDir("attestations", `${archive.digest.replace("sha256:", "")}.spdx.json`);
  let document = await readJson<SpdxDocument>(path);
  if (!document) {
    const syft = await ensureGoProgram(syftBuild(), progress);
    progress(`listing what is in ${archive.ref}`);
    document = withoutFiles(await runSyft(syft, (folder) => ofArchive(archive, folder)));
    await writeWhole(path, JSON.stringify(document));
  }
  markUsed(path);
  return document;
}

/** The document without single files, which are most of it, and which the image's own digest covers. */
export function withoutFiles({ files: _, ...document }: SpdxDocument & { files?: unknown }): SpdxDocument {
  const isFile = (id: string) => id.startsWith("SPDXRef-File-");
  return {
    ...document,
    relationships: document.relationships.filter(
      ({ spdxElementId, relatedSpdxElement }) => !isFile(spdxElementId) && !isFile(relatedSpdxElement),
    ),
  };
}

/** The SPDX document about an image in a registry, by its digest. */
export async function listPublished(ref: string, progress: Progress): Promise<SpdxDocument> {
  const syft = await ensureGoProgram(syftBuild(), progress);
  progress(`listing what is in ${ref}`);
  return withoutFiles(await runSyft(syft, async () => [`registry:${ref}`]));
}

async function ofArchive(archive: Archive, folder: string): Promise<string[]> {
  await writeLayout(archive, join(folder, "image"));
  const [name = "", tag = ""] = archive.ref.split(/:(?=[^/]*$)/);
  return [`oci-dir:${join(folder, "image")}`, "--source-name", name, "--source-version", tag];
}

/** Runs syft on what `source` names, which may write it to the folder. */
async function runSyft(syft: string, source: (folder: string) => Promise<string[]>): Promise<SpdxDocument> {
  const folder = makeTempDir("sbom");
  try {
    const out = join(folder, "sbom.json");
    await run(syft, ["scan", ...(await source(folder)), "-o", `spdx-json=${out}`], {
      env: {
        ...process.env,
        SYFT_CHECK_FOR_APP_UPDATE: "false",
        SYFT_FILE_METADATA_SELECTION: "none",
        // Beside the layers, on a disk with room for them.
        TMPDIR: folder,
      },
    });
    return JSON.parse(readFileSync(out, "utf8")) as SpdxDocument;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes an archive's image as a folder in OCI's layout. Layers beside the archive are linked. */
async function writeLayout(archive: Archive, folder: string): Promise<void> {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const blobPath = (digest: string) => join(blobs, digest.replace("sha256:", ""));
  const manifest = await readManifest(archive);
  const beside = new Map(archive.layers?.map(({ digest, path }) => [digest, path]));
  for (const [digest, path] of beside) symlinkSync(path, blobPath(digest));
  await eachBlob(
    { ...archive, layers: [] },
    { blobs: manifest.blobs.filter(({ digest }) => !beside.has(digest)), names: manifest.names },
    async ({ digest }, content) => await pipeline(content, createWriteStream(blobPath(digest))),
  );
  await writeFile(blobPath(manifest.digest), manifest.bytes);
  const { mediaType, digest, bytes } = manifest;
  const manifests = [{ mediaType, digest, size: bytes.length }];
  await writeFile(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  await writeFile(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

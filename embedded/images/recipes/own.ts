// The platform's own images: Node.js, and the program that is made of the source code.
import { existsSync, globSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { ownUid, programBuild } from "../../../components/images.ts";
import type { Progress } from "../../node/progress.ts";
import { makeTempDir } from "../../node/unfinished.ts";
import type { ImageSpec } from "../archive.ts";
import { account } from "../debian.ts";
import { directory, tree } from "../entries.ts";
import { type Layer, makeLayer } from "../layer.ts";
import { type Material, npmMaterials, sourceMaterial } from "../materials.ts";
import { app, environment, excludedFiles, type OwnImage, user } from "../own.ts";
import { sha256 } from "../store.ts";
import { type Bases, root } from "./bases.ts";

/** The folder of everything in the image, as a path of entries. */
const appFolder = app.slice(1);

/** One of the platform's own images, from the work tree. */
export async function ownImage(image: OwnImage, bases: Bases, progress: Progress): Promise<ImageSpec> {
  const below = await bases.node();
  return {
    name: image.repository,
    layers: [...below, await programLayer(image, below, progress)],
    user,
    // No entrypoint: that of Node's official image only runs its arguments.
    cmd: image.command,
    env: environment,
    workdir: app,
  };
}

/** Paths of the source files that the program is made of, relative to the repository's top folder. */
export function sourceFiles(image: OwnImage): string[] {
  return image.folders.flatMap((folder) =>
    globSync("**/*", { cwd: join(root, folder), exclude: [...excludedFiles], withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort(),
  );
}

async function programLayer(image: OwnImage, below: readonly Layer[], progress: Progress): Promise<Layer> {
  const sources = sourceFiles(image).map((path) => ({ path, sha256: sha256(readFileSync(join(root, path))) }));
  let materials: Material[] = [];
  let folder: string | undefined;
  try {
    return await makeLayer({
      name: `${image.folder.replaceAll("/", "-")}-program`,
      inputs: [
        [...programBuild, ...sourceFiles(image)].map((name) => [name, sha256(readFileSync(join(root, name)))]),
        image.programs,
        lockedPackages(image),
      ],
      below,
      entries: async () => {
        folder = makeTempDir("program");
        progress("making its program");
        // Loads only here: most runs find the layer.
        const { writeProgram } = await import("../program.ts");
        await writeProgram(image, folder);
        const target = folder;
        // A package that is in the program has its description in the image.
        materials = npmMaterials(join(root, "package-lock.json"), (path) =>
          existsSync(join(target, path, "package.json")),
        );
        materials.push(sourceMaterial(`file:${image.folders.join(",")}`, sources));
        return [...account("node", ownUid, { home: "/tmp" }), directory(appFolder), ...(await tree(folder, appFolder))];
      },
      materials: () => materials,
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

interface LockFile {
  packages: Record<string, { version?: string; integrity?: string; dependencies?: object; dev?: boolean }>;
}

/** The part of the lock file that a program can come from: other development dependencies must not change the layer. */
function lockedPackages(image: OwnImage): unknown {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
  const builders = ["node_modules/rolldown", ...(image.pages ? ["node_modules/vite"] : [])];
  const installable = Object.entries(packages)
    .filter(([path, { dev }]) => builders.includes(path) || (path.includes("node_modules/") && !dev))
    .map(([path, { version, integrity }]) => [path, version, integrity]);
  const folders = [...image.folders, ...(image.pages ? [image.pages] : [])];
  const dependencies = folders.map((folder) => packages[folder]?.dependencies);
  return [dependencies, installable];
}

/** Folders of all packages: npm checks the lock file against the manifest of each. */
export function workspaces(): string[] {
  const { workspaces: folders } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    workspaces: string[];
  };
  return folders;
}

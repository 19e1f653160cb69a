// The platform's own images: Node.js, the production dependencies of one workspace, and its source code, which Node.js runs as it is.
import { existsSync, globSync, readFileSync } from "node:fs";
import { cp, mkdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { ownUid } from "../../../components/images.ts";
import { limit } from "../../node/limit.ts";
import type { Progress } from "../../node/progress.ts";
import { makeTempDir } from "../../node/unfinished.ts";
import type { ImageSpec } from "../archive.ts";
import { run } from "../command.ts";
import { account } from "../debian.ts";
import { directory, type Entry, file, tree } from "../entries.ts";
import { type Layer, makeLayer } from "../layer.ts";
import {
  app,
  environment,
  excludedFiles,
  moduleFolders,
  npmArguments,
  type OwnImage,
  prunedSuffixes,
  user,
} from "../own.ts";
import { sha256 } from "../store.ts";
import { type Bases, root } from "./bases.ts";

/** The folder of everything in the image, as a path of entries. */
const appFolder = app.slice(1);

// Each npm already downloads several packages at once.
const twoAtATime = limit(2);

/** One of the platform's own images, from the work tree. */
export async function ownImage(image: OwnImage, bases: Bases, progress: Progress): Promise<ImageSpec> {
  const below = await bases.node();
  const dependencies = await dependencyLayer(image, below, progress);
  const source = await sourceLayer(image, [...below, dependencies]);
  return {
    name: image.repository,
    layers: [...below, dependencies, source],
    user,
    // No entrypoint: that of Node's official image only runs its arguments.
    cmd: image.command,
    env: environment,
    workdir: app,
  };
}

/** Paths of the source files in the image, relative to the repository's top folder and to /app. */
export function sourceFiles(image: OwnImage): string[] {
  return image.folders.flatMap((folder) =>
    globSync("**/*", { cwd: join(root, folder), exclude: [...excludedFiles], withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .sort(),
  );
}

async function sourceLayer(image: OwnImage, below: readonly Layer[]): Promise<Layer> {
  const files = sourceFiles(image);
  return await makeLayer({
    name: `${image.folder.replaceAll("/", "-")}-source`,
    inputs: files.map((name) => [name, sha256(readFileSync(join(root, name)))]),
    below,
    entries: async () => [
      ...account("node", ownUid, { home: "/tmp" }),
      ...files.map((name): Entry => file(`${appFolder}/${name}`, join(root, name), 0o644)),
    ],
  });
}

async function dependencyLayer(image: OwnImage, below: readonly Layer[], progress: Progress): Promise<Layer> {
  const manifests = [
    "package.json",
    "package-lock.json",
    ".npmrc",
    ...workspaces().map((path) => `${path}/package.json`),
  ];
  let folder: string | undefined;
  try {
    return await makeLayer({
      name: `${image.folder.replaceAll("/", "-")}-dependencies`,
      inputs: [
        npmArguments(image.workspace),
        moduleFolders(image),
        lockedPackages(image),
        prunedSuffixes,
        process.arch,
      ],
      below,
      entries: async () => {
        const target = makeTempDir("npm");
        folder = target;
        for (const name of manifests) {
          await mkdir(dirname(join(target, name)), { recursive: true });
          await cp(join(root, name), join(target, name));
        }
        progress("installing its npm packages");
        await twoAtATime(() => run("npm", ["ci", ...npmArguments(image.workspace)], { cwd: target }));
        progress("writing the layer");
        return [directory(appFolder), ...(await installedEntries(target, image))];
      },
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

/** The entries of what npm has installed: /app/node_modules, and those of the packages whose versions differ. */
async function installedEntries(folder: string, image: OwnImage): Promise<Entry[]> {
  const candidates = ["node_modules", ...moduleFolders(image).map((name) => `${name}/node_modules`)];
  const folders = candidates.filter((name) => existsSync(join(folder, name)));
  const entries = (await Promise.all(folders.map((name) => tree(join(folder, name), `${appFolder}/${name}`)))).flat();
  // npm's own record of the installation contains times.
  const excluded = [...prunedSuffixes, "/.package-lock.json"];
  return entries.filter(({ type, path }) => type !== "file" || !excluded.some((suffix) => path.endsWith(suffix)));
}

interface LockFile {
  packages: Record<string, { version?: string; integrity?: string; dependencies?: object; dev?: boolean }>;
}

/** The part of the lock file that an image's dependencies can come from: development dependencies must not change the layer. */
function lockedPackages(image: OwnImage): unknown {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
  const installable = Object.entries(packages)
    .filter(([path, { dev }]) => path.includes("node_modules/") && !dev)
    .map(([path, { version, integrity }]) => [path, version, integrity]);
  const dependencies = image.folders.map((folder) => packages[folder]?.dependencies);
  return [dependencies, installable];
}

/** Folders of all packages: npm checks the lock file against the manifest of each. */
export function workspaces(): string[] {
  const { workspaces: folders } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    workspaces: string[];
  };
  return folders;
}

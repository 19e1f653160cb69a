// Our own images: Node.js, the production dependencies of one workspace, and its source, as npm and Node run them.
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
import { app, environment, leftOut, moduleFolders, npmArguments, type OwnImage, pruned, user } from "../own.ts";
import { sha256 } from "../store.ts";
import { type Bases, root } from "./bases.ts";

const inImage = app.slice(1);

// npm's own downloads run side by side already.
const turn = limit(2);

/** An image of ours, from the work tree as it is now. */
export async function own(image: OwnImage, bases: Bases, progress: Progress): Promise<ImageSpec> {
  const below = await bases.node();
  const dependencies = await dependencyLayer(image, below, progress);
  const source = await sourceLayer(image, [...below, dependencies]);
  return {
    name: image.repository,
    layers: [...below, dependencies, source],
    user,
    // Node's official image has an entrypoint that only passes its arguments on: none here means the same.
    cmd: image.command,
    env: environment,
    workdir: app,
  };
}

/** Files of the work tree that the image holds, as paths that are the same in both. */
export function sourceFiles(image: OwnImage): string[] {
  return image.folders.flatMap((folder) =>
    globSync("**/*", { cwd: join(root, folder), exclude: [...leftOut], withFileTypes: true })
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
      ...files.map((name): Entry => file(`${inImage}/${name}`, join(root, name), 0o644)),
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
      inputs: [npmArguments(image.workspace), moduleFolders(image), lockedFor(image), pruned, process.arch],
      below,
      entries: async () => {
        const into = makeTempDir("npm");
        folder = into;
        for (const name of manifests) {
          await mkdir(dirname(join(into, name)), { recursive: true });
          await cp(join(root, name), join(into, name));
        }
        progress("installing its npm packages");
        await turn(() => run("npm", ["ci", ...npmArguments(image.workspace)], { cwd: into }));
        progress("writing the layer");
        return [directory(inImage), ...(await installed(into, image))];
      },
    });
  } finally {
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

/** What npm installed: /app/node_modules, and the folders inside packages where versions differ. */
async function installed(folder: string, image: OwnImage): Promise<Entry[]> {
  const folders = ["node_modules", ...moduleFolders(image).map((name) => `${name}/node_modules`)];
  const found = folders.filter((name) => existsSync(join(folder, name)));
  const entries = (await Promise.all(found.map((name) => tree(join(folder, name), `${inImage}/${name}`)))).flat();
  // npm's record of what it did has times in it.
  const left = [...pruned, "/.package-lock.json"];
  return entries.filter(({ type, path }) => type !== "file" || !left.some((end) => path.endsWith(end)));
}

interface Lock {
  packages: Record<string, { version?: string; integrity?: string; dependencies?: object; dev?: boolean }>;
}

/** The part of the lock file that an image's dependencies can come from: a change of development dependencies makes no new layer. */
function lockedFor(image: OwnImage): unknown {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock;
  const installable = Object.entries(packages)
    .filter(([path, { dev }]) => path.includes("node_modules/") && !dev)
    .map(([path, { version, integrity }]) => [path, version, integrity]);
  const dependencies = image.folders.map((folder) => packages[folder]?.dependencies);
  return [dependencies, installable];
}

/** Folders of all packages: npm wants each one's manifest to check the lock file against. */
export function workspaces(): string[] {
  const { workspaces: folders } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    workspaces: string[];
  };
  return folders;
}

// Makes the program of one of our own images from its source: a few files of JavaScript that have what they import in them.
//
// Node.js runs the source as it is everywhere else. In a pod, finding and compiling a thousand files takes longer than most steps do.
import { copyFileSync, globSync, mkdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";
import type { OwnImage } from "./own.ts";

/** The repository's top folder. */
const repository = join(import.meta.dirname, "..", "..");

/** Packages that read their own files as they run: they are copied whole. */
const copied = ["playwright-core"];

/** What pg asks for and does without. */
const absent = ["pg-native"];

/** Installed files that only developers' tools read. */
const unread = ["**/*.map", "**/*.d.ts", "**/*.d.mts", "**/*.d.cts", "**/*.md"];

/** Files of a package that say what it is and on what terms: scanners and people find there what a program has in it. */
const described = "{package.json,{LICENSE,LICENCE,COPYING,NOTICE}*,{license,licence,copying,notice}*}";

/** Writes the program to `target`, as the image has it in /app: its entries, parts of them, and node_modules. */
export async function writeProgram(
  image: Pick<OwnImage, "folder" | "programs" | "pages">,
  target: string,
): Promise<void> {
  const folder = join(repository, image.folder);
  await using build = await rolldown({
    cwd: repository,
    input: Object.fromEntries(image.programs.map((name) => [name, join(folder, `${name}.ts`)])),
    platform: "node",
    resolve: { conditionNames: ["@agentic/source", "node"] },
    external: [...copied, ...absent].map((name) => new RegExp(`^${name}($|/)`)),
    plugins: [threads],
    onLog(level, log) {
      if (level === "warn") throw new Error(`${image.folder}: ${log.message}`);
    },
  });
  const { output } = await build.write({
    dir: join(target, image.folder),
    format: "esm",
    entryFileNames: "[name].mjs",
    chunkFileNames: "parts/[name]-[hash].mjs",
    // V8 keeps a program's whole text in memory, in two bytes a character where one is beyond Latin-1, as some in comments are.
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  const chunks = output.filter((file) => file.type === "chunk");
  for (const path of packagesIn(chunks)) copy(path, described, target);
  for (const name of copied)
    if (chunks.some(({ imports, dynamicImports }) => [...imports, ...dynamicImports].includes(name)))
      copy(join("node_modules", name), "**/*", target);
  if (image.pages) for (const path of packagesIn(await writePages(image.pages, target))) copy(path, described, target);
}

/** Builds pages by their own Vite configuration; returns the chunks of script. */
async function writePages(folder: string, target: string): Promise<Chunk[]> {
  // Loads only here: one image has pages.
  const { build } = await import("vite");
  const root = join(repository, folder);
  const built = await build({
    root,
    configFile: join(root, "vite.config.ts"),
    logLevel: "warn",
    build: { outDir: join(target, folder, "dist"), emptyOutDir: true },
  });
  return [built]
    .flat()
    .flatMap((result) => ("output" in result ? result.output : []))
    .filter((file) => file.type === "chunk");
}

/** A part of a program, with the files that are in it. */
type Chunk = Pick<OutputChunk, "moduleIds">;

/** The folders of the packages that are in the chunks, relative to the repository. */
function packagesIn(chunks: readonly Chunk[]): Set<string> {
  const paths = chunks.flatMap(({ moduleIds }) => moduleIds.map((id) => relative(repository, id)));
  const folders = paths.map((path) => path.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]);
  return new Set(folders.filter((path) => path !== undefined));
}

function copy(folder: string, glob: string, target: string): void {
  const files = globSync(glob, { cwd: join(repository, folder), withFileTypes: true, exclude: unread });
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = relative(repository, join(file.parentPath, file.name));
    mkdirSync(dirname(join(target, path)), { recursive: true });
    copyFileSync(join(repository, path), join(target, path));
  }
}

/** Makes the file of a thread, which is named by `new URL("./file.ts", import.meta.url)`, a program of its own. */
const threads: Plugin = {
  name: "threads",
  transform(code, id) {
    if (!id.endsWith(".ts") || !code.includes("import.meta.url")) return null;
    return code.replaceAll(/new URL\("(\.[^"]+\.ts)", import\.meta\.url\)/g, (_, path: string) => {
      const file = join(dirname(id), path);
      const reference = this.emitFile({ type: "chunk", id: file, name: basename(file, ".ts") });
      return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
    });
  },
};

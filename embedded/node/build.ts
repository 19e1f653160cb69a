// Builds the node's programs from Go modules; a program is built again only when its sources change.
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildFlags, compile, moduleDir, type Program } from "./compile.ts";
import { ensureGo, type Go, lookForGo } from "./go.ts";
import { limit } from "./limit.ts";
import { cacheDir, markUsed } from "./paths.ts";
import { type BuildOptions, programsOf } from "./programs.ts";
import { CombinedProgress, type Progress } from "./progress.ts";
import { makeTempDir } from "./unfinished.ts";

/**
 * Builds the programs whose sources have changed and returns the folder of all programs, kubectl among them. With nothing changed
 * this takes about ten milliseconds; with nothing cached, Kubernetes takes about 4 minutes on 2 cores.
 */
export async function ensureBinaries(progress: Progress = () => {}, options: BuildOptions = {}): Promise<string> {
  const go = await findGo(progress);
  const programs = programsOf(options);
  const board = new CombinedProgress(progress, Object.fromEntries(programs.map(({ name, cost }) => [name, cost])));
  const results = await Promise.allSettled(
    programs.map(async (program) => ({
      program,
      file: await board.run(program.name, (report) => ensureProgram(program, go, report)),
    })),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  const built = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const id = hash(built.map(({ program, file }) => [program.name, file, ...(program.links ?? [])].join("\0")));
  const dir = cacheDir("go", `node-${id}`);
  if (existsSync(dir)) {
    markUsed(dir);
    return dir;
  }
  const staging = makeTempDir("go");
  for (const { program, file } of built) {
    symlinkSync(file, join(staging, program.name));
    for (const link of program.links ?? []) symlinkSync(program.name, join(staging, link));
  }
  install(staging, dir);
  return dir;
}

/** Builds another program in the same way, unless it is built already, and returns its path. */
export async function ensureGoProgram(program: Program, progress: Progress = () => {}): Promise<string> {
  return await ensureProgram(program, await findGo(progress), progress);
}

/** Processor-seconds of compiling all programs, and those that aren't built yet. */
export interface CompileCost {
  all: number;
  left: number;
}

/** The cost of `ensureBinaries` with nothing cached, and now. */
export async function binariesCost(options: BuildOptions): Promise<CompileCost> {
  const costs = await Promise.all(
    programsOf(options).map(async (program) => ({
      all: program.cost,
      left: (await isBuilt(program)) ? 0 : program.cost,
    })),
  );
  return { all: costs.reduce((sum, { all }) => sum + all, 0), left: costs.reduce((sum, { left }) => sum + left, 0) };
}

let ensuredGo: Promise<Go> | undefined;
let installedGo: Promise<Go | undefined> | undefined;

/** The Go that builds, fetched where none is installed. It is looked for once: each look starts it to ask for its version. */
async function findGo(progress: Progress = () => {}): Promise<Go> {
  ensuredGo ??= findInstalledGo().then((go) => go ?? ensureGo(moduleDir("system"), progress));
  try {
    return await ensuredGo;
  } catch (error) {
    ensuredGo = undefined;
    throw error;
  }
}

/** The installed Go, if it is new enough. */
async function findInstalledGo(): Promise<Go | undefined> {
  installedGo ??= lookForGo(moduleDir("system"));
  return await installedGo;
}

/** Whether a program is built already from its present sources, by this machine's Go. Fetches nothing. */
export async function isBuilt(program: Program): Promise<boolean> {
  const go = ensuredGo ? await findGo() : await findInstalledGo();
  return go !== undefined && existsSync(programFile(program, go));
}

/** The path of a program once it is built: its folder is named by the hash of its sources, flags and compiler. */
function programFile(program: Program, go: Go): string {
  const cwd = moduleDir(program.module);
  const sources = globSync("**/{*.go,go.mod,go.sum}", { cwd })
    .filter((file) => !file.endsWith("_test.go"))
    .sort();
  const inputs = sources.flatMap((file) => [file, readFileSync(join(cwd, file), "utf8")]);
  const id = hash([go.version, process.arch, program.package, ...buildFlags(program), ...inputs]);
  return join(cacheDir("go", id), program.name);
}

// One build uses all cores. Two at once would each compile the packages that they share: Go's cache holds only finished ones.
const oneAtATime = limit(1);

async function ensureProgram(program: Program, go: Go, progress: Progress): Promise<string> {
  const file = programFile(program, go);
  const dir = dirname(file);
  if (existsSync(file)) {
    markUsed(dir);
    return file;
  }
  const staging = makeTempDir("go");
  try {
    progress("waiting for other programs to compile");
    await oneAtATime(() => compile(program, { go, out: join(staging, program.name), progress }));
    install(staging, dir);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return file;
}

/** Renames a finished folder to its final path; where another build was first, the content there is the same. */
function install(staging: string, dir: string): void {
  mkdirSync(dirname(dir), { recursive: true });
  try {
    renameSync(staging, dir);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    if (!existsSync(dir)) throw new Error(`${basename(dir)} can't be moved to ${dir}: ${(error as Error).message}`);
  }
}

function hash(parts: readonly string[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(`${part.length}:`).update(part);
  return sum.digest("hex").slice(0, 20);
}

// Builds the node's programs from Go modules; a program is built again only when its sources change.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { ensureGo, type Go, lookForGo } from "./go.ts";
import { limit } from "./limit.ts";
import { cacheDir, markUsed } from "./paths.ts";
import { CombinedProgress, type Progress } from "./progress.ts";
import { makeTempDir } from "./unfinished.ts";

/** Debian packages that a node needs. */
export const debianPackages = [
  "ca-certificates",
  "containerd",
  "containernetworking-plugins",
  "iproute2",
  "mount",
  "nftables",
  "runc",
  "unzip",
  "util-linux",
] as const;

/** The node's version of Kubernetes; kube/go.mod pins the same one. */
export const kubernetesVersion = "1.36.3";

/** A Go program to build. */
export interface Program {
  /** Its file name. */
  name: string;
  /** Folder of its Go module: beside this file, or an absolute path. */
  module: string;
  /** Package inside the module. */
  package: string;
  /** Build tags in addition to `compileTags`. */
  tags?: readonly string[];
  /** Flags of Go's linker. */
  ldflags: string;
  /** Other names by which it is called: argv[0] selects what it does. */
  links?: readonly string[];
}

/** A program of the node itself. */
interface NodeProgram extends Program {
  /** Measured processor-seconds of compiling it with nothing cached: the progress is estimated by it. */
  cost: number;
}

/** Packages whose speed doesn't matter: control loops, generated clients, commands. Without inlining they compile a quarter faster. */
const notInlined = [
  "k8s.io/kubernetes/...",
  "k8s.io/kubectl/...",
  "k8s.io/client-go/kubernetes/...",
  "k8s.io/client-go/informers/...",
  "k8s.io/client-go/listers/...",
  "k8s.io/client-go/applyconfigurations/...",
  "sigs.k8s.io/kustomize/...",
  "github.com/minio/console/...",
  "github.com/minio/mc/...",
  "github.com/elastic/...",
] as const;

/**
 * Flags of every compilation: no paths of this machine, and no debug information, which takes a twelfth of the time. Flags and tags
 * are the same for all programs, and their go.mod files name the same versions, so that a package that programs share is compiled once.
 */
export const compileFlags: readonly string[] = [
  "-trimpath",
  "-gcflags=all=-dwarf=false",
  ...notInlined.map((packages) => `-gcflags=${packages}=-dwarf=false -l`),
];

/** Build tags of every program: they leave out what only Kubernetes' own tests need, and gRPC's tracing with its template engines. */
export const compileTags = ["notest", "grpcnotrace"] as const;

/** The name under which containerd looks for gVisor's shim. */
const shim = "containerd-shim-runsc-v1";

const versionPackage = "k8s.io/component-base/version";
const [major, minor] = kubernetesVersion.split(".");

const programs: readonly NodeProgram[] = [
  {
    name: "node-system",
    module: "system",
    package: "./cmd/node-system",
    cost: 23,
    ldflags: "-s -w",
    links: ["policy-gate"],
  },
  { name: "pause", module: "system", package: "./cmd/pause", cost: 1, ldflags: "-s -w" },
  // Only tests run it; it is built with the others so that tests need no build of their own.
  { name: "netprobe", module: "system", package: "./cmd/netprobe", cost: 1, ldflags: "-s -w" },
  {
    name: "kube",
    module: "kube",
    package: ".",
    cost: 420,
    tags: ["selinux"],
    // Without the version every component calls itself v0.0.0, and clients refuse to talk to it.
    ldflags: `-s -w -X ${versionPackage}.gitVersion=v${kubernetesVersion} -X ${versionPackage}.gitMajor=${major} -X ${versionPackage}.gitMinor=${minor} -X ${versionPackage}.gitTreeState=clean`,
    links: [
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-quota-controller",
      "kube-scheduler",
      "kube-proxy",
      "kubelet",
      "kubectl",
    ],
  },
  { name: "node-controllers", module: "controllers", package: ".", cost: 3, ldflags: "-s -w" },
  { name: "coredns", module: "coredns", package: ".", cost: 18, ldflags: "-s -w" },
];

/** Programs of a node with a sandbox. */
const sandboxPrograms: readonly NodeProgram[] = [
  { name: "runsc", module: "sandbox", package: "./cmd/runsc", cost: 60, ldflags: "-s -w" },
  { name: shim, module: "sandbox", package: `./cmd/${shim}`, cost: 10, ldflags: "-s -w" },
];

const programsOf = ({ sandbox = false }: BuildOptions) => (sandbox ? [...programs, ...sandboxPrograms] : programs);

/** Which programs a node needs. */
export interface BuildOptions {
  /** Whether it can run pods in gVisor; off by default. */
  sandbox?: boolean;
}

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

function moduleDir(name: string): string {
  return resolve(import.meta.dirname, name);
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

/** The arguments of `go build` that decide a program's content. */
function buildFlags({ tags = [], ldflags }: Program): string[] {
  return [...compileFlags, "-tags", [...tags, ...compileTags].join(","), "-ldflags", ldflags];
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
    await oneAtATime(() => build(program, go, join(staging, program.name), progress));
    install(staging, dir);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return file;
}

async function build(program: Program, go: Go, out: string, progress: Progress): Promise<void> {
  const cwd = moduleDir(program.module);
  const env = { ...compilerEnvironment(process.env, totalmem()), CGO_ENABLED: "0" };
  progress("listing its packages");
  const packages = await outputOf(
    spawn(go.command, ["list", "-deps", program.package], { cwd, env }),
    program,
    progress,
  );
  const total = packages.length;
  let compiled = 0;
  // -v names each package as it is compiled; those in Go's own cache are not named.
  const args = ["build", "-v", "-buildvcs=false", ...buildFlags(program), "-o", out, program.package];
  await outputOf(spawn(go.command, args, { cwd, env }), program, (text) => {
    if (text.includes("downloading")) progress(text);
    else progress(`compiling ${++compiled} of ${total} packages`, compiled / total);
  });
}

/** The lines on standard output of a process that succeeds. Lines on standard error are its progress, and the error's text where it fails. */
async function outputOf(child: ChildProcess, program: Program, progress: Progress): Promise<string[]> {
  const lines: string[] = [];
  const errors: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (text) => lines.push(text));
  if (child.stderr)
    createInterface({ input: child.stderr }).on("line", (text) => {
      errors.push(text);
      progress(text.startsWith("go: ") ? text.slice(4) : text);
    });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code === 0) return lines;
  throw new Error(`building ${program.name} failed:\n${errors.slice(-20).join("\n")}`);
}

/** The heap at which one of Go's compilers starts to collect garbage, in bytes; several run at once. */
const compilerMemory = 1 << 30;

/**
 * The environment of Go's compilers. They collect no garbage below `compilerMemory`, which few reach and which saves a third of their
 * time. This holds only where the machine's `memory` (bytes) is twice what all of them can take and `env` sets neither variable.
 */
export function compilerEnvironment(env: NodeJS.ProcessEnv, memory: number): NodeJS.ProcessEnv {
  const hasRoom = memory >= 2 * (availableParallelism() + 1) * compilerMemory;
  const isSet = env.GOGC || env.GOMEMLIMIT;
  return isSet || !hasRoom ? env : { ...env, GOGC: "off", GOMEMLIMIT: String(compilerMemory) };
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

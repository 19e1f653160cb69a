// Builds the node's programs from Go modules, each once per content of its sources.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { ensureGo, type Go, lookForGo } from "./go.ts";
import { limit } from "./limit.ts";
import { cacheDir, markUsed } from "./paths.ts";
import { Board, type Progress } from "./progress.ts";
import { scratch } from "./unfinished.ts";

/** Debian packages that a node runs on, for whoever installs them. */
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

/** The Kubernetes that the node is; go.mod of kube/ pins the same. */
export const kubernetesVersion = "1.36.3";

/** A Go program to build. */
export interface Program {
  /** Its file name. */
  name: string;
  /** Folder of its Go module: beside this file, or an absolute path. */
  module: string;
  /** Package inside the module. */
  package: string;
  /** Build tags besides those of every program. */
  tags?: readonly string[];
  /** Flags of Go's linker. */
  ldflags: string;
  /** Other names that it answers to (argv[0] chooses what it does). */
  links?: readonly string[];
}

/** A program of the node's own. */
interface NodeProgram extends Program {
  /** Processor-seconds that it takes to compile with nothing cached, measured: for estimates of what is left. */
  cost: number;
}

/** Packages whose speed nobody waits for: control loops, generated clients, commands. Without inlining they compile a quarter faster. */
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
 * Flags of every compilation: no paths of this machine, and no debug information, which takes a twelfth of the time. They and the tags
 * are the same for all programs, and go.mod files name the same versions, so that a package that several programs have is compiled once.
 */
export const compileFlags: readonly string[] = [
  "-trimpath",
  "-gcflags=all=-dwarf=false",
  ...notInlined.map((packages) => `-gcflags=${packages}=-dwarf=false -l`),
];

/** Tags of every program: they leave out what Kubernetes' own tests need, and gRPC's traces with the template engines in them. */
export const compileTags = ["notest", "grpcnotrace"] as const;

const version = "k8s.io/component-base/version";
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
  // Only tests run it; it is built with the rest so that tests build nothing.
  { name: "netprobe", module: "system", package: "./cmd/netprobe", cost: 1, ldflags: "-s -w" },
  {
    name: "kube",
    module: "kube",
    package: ".",
    cost: 420,
    tags: ["selinux"],
    // Without the version every component calls itself v0.0.0, and clients refuse to talk to it.
    ldflags: `-s -w -X ${version}.gitVersion=v${kubernetesVersion} -X ${version}.gitMajor=${major} -X ${version}.gitMinor=${minor} -X ${version}.gitTreeState=clean`,
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

/**
 * Builds what has changed and returns the folder that holds every program (kubectl among them). With nothing changed
 * it takes some ten milliseconds. Cold, Kubernetes takes about 4 minutes on 2 cores; `progress` says how far it is.
 */
export async function ensureBinaries(progress: Progress = () => {}): Promise<string> {
  const go = await findGo(progress);
  const board = new Board(progress, Object.fromEntries(programs.map(({ name, cost }) => [name, cost])));
  const settled = await Promise.allSettled(
    programs.map(async (program) => ({
      program,
      file: await board.run(program.name, (say) => ensureProgram(program, go, say)),
    })),
  );
  const failed = settled.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  const built = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const id = hash(built.map(({ program, file }) => [program.name, file, ...(program.links ?? [])].join("\0")));
  const dir = cacheDir("go", `node-${id}`);
  if (existsSync(dir)) {
    markUsed(dir);
    return dir;
  }
  const staging = scratch("go");
  for (const { program, file } of built) {
    symlinkSync(file, join(staging, program.name));
    for (const link of program.links ?? []) symlinkSync(program.name, join(staging, link));
  }
  install(staging, dir);
  return dir;
}

/** Builds one program that isn't the node's own in the same way, once per content; returns its path. */
export async function ensureGoProgram(program: Program, progress: Progress = () => {}): Promise<string> {
  return await ensureProgram(program, await findGo(progress), progress);
}

function moduleDir(name: string): string {
  return resolve(import.meta.dirname, name);
}

/** Processor-seconds of compiling: of all, and of what isn't built yet. */
export interface CompileCost {
  all: number;
  left: number;
}

/** What `ensureBinaries` costs with nothing cached, and what it costs now. */
export async function binariesCost(): Promise<CompileCost> {
  const costs = await Promise.all(
    programs.map(async (program) => ({ all: program.cost, left: (await isBuilt(program)) ? 0 : program.cost })),
  );
  return { all: costs.reduce((sum, { all }) => sum + all, 0), left: costs.reduce((sum, { left }) => sum + left, 0) };
}

/** The arguments of `go build` for a program, without its folder and where it goes. */
function buildFlags({ tags = [], ldflags }: Program): string[] {
  return [...compileFlags, "-tags", [...tags, ...compileTags].join(","), "-ldflags", ldflags];
}

let found: Promise<Go> | undefined;
let present: Promise<Go | undefined> | undefined;

/** The Go of this process, looked for once: asking a Go for its version starts it, and there are eleven programs. */
async function findGo(progress: Progress = () => {}): Promise<Go> {
  found ??= presentGo().then((go) => go ?? ensureGo(moduleDir("system"), progress));
  try {
    return await found;
  } catch (error) {
    found = undefined;
    throw error;
  }
}

/** The installed Go, if it is new enough. */
async function presentGo(): Promise<Go | undefined> {
  present ??= lookForGo(moduleDir("system"));
  return await present;
}

/** Whether a program is there already in the version that its sources and this machine's Go give. Fetches nothing. */
export async function isBuilt(program: Program): Promise<boolean> {
  const go = found ? await findGo() : await presentGo();
  return go !== undefined && existsSync(programFile(program, go));
}

/** Where a program lies once it is built: a folder of its content. */
function programFile(program: Program, go: Go): string {
  const cwd = moduleDir(program.module);
  const sources = globSync("**/{*.go,go.mod,go.sum}", { cwd })
    .filter((file) => !file.endsWith("_test.go"))
    .sort();
  const inputs = sources.flatMap((file) => [file, readFileSync(join(cwd, file), "utf8")]);
  const id = hash([go.version, process.arch, program.package, ...buildFlags(program), ...inputs]);
  return join(cacheDir("go", id), program.name);
}

// Each build uses all cores. Side by side they would also compile twice what both need: Go's cache gives only what is finished.
const turn = limit(1);

async function ensureProgram(program: Program, go: Go, progress: Progress): Promise<string> {
  const file = programFile(program, go);
  const dir = dirname(file);
  if (existsSync(file)) {
    markUsed(dir);
    return file;
  }
  const staging = scratch("go");
  try {
    progress("waiting for its turn to compile");
    await turn(() => build(program, go, join(staging, program.name), progress));
    install(staging, dir);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return file;
}

async function build(program: Program, go: Go, out: string, progress: Progress): Promise<void> {
  const cwd = moduleDir(program.module);
  const env = { ...compilerEnvironment(process.env, totalmem()), CGO_ENABLED: "0" };
  progress("looking at its modules");
  const list = await output(spawn(go.command, ["list", "-deps", program.package], { cwd, env }), program, progress);
  const total = list.length;
  let compiled = 0;
  // -v names each package as it is compiled; those in Go's own cache are not named.
  const args = ["build", "-v", "-buildvcs=false", ...buildFlags(program), "-o", out, program.package];
  await output(spawn(go.command, args, { cwd, env }), program, (text) => {
    if (text.includes("downloading")) progress(text);
    else progress(`compiling ${++compiled} of ${total} packages`, compiled / total);
  });
}

/** Standard output's lines of a program that ends well; its standard error is progress, or the error's text. */
async function output(child: ChildProcess, program: Program, line: Progress): Promise<string[]> {
  const lines: string[] = [];
  const errors: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (text) => lines.push(text));
  if (child.stderr)
    createInterface({ input: child.stderr }).on("line", (text) => {
      errors.push(text);
      line(text.startsWith("go: ") ? text.slice(4) : text);
    });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code === 0) return lines;
  throw new Error(`building ${program.name} failed:\n${errors.slice(-20).join("\n")}`);
}

/** What one of Go's compilers may take with the setting below before it collects garbage, in bytes; several run at once. */
const compilerMemory = 1 << 30;

/**
 * The environment of Go's compilers. They collect no garbage until they hold `compilerMemory`, which few do and which saves a third of
 * their time, where `memory` (bytes) is twice what all of them can take; settings of the caller's own stay.
 */
export function compilerEnvironment(env: NodeJS.ProcessEnv, memory: number): NodeJS.ProcessEnv {
  const roomy = memory >= 2 * (availableParallelism() + 1) * compilerMemory;
  const isSet = env.GOGC || env.GOMEMLIMIT;
  return isSet || !roomy ? env : { ...env, GOGC: "off", GOMEMLIMIT: String(compilerMemory) };
}

/** Renames a finished folder to its place; if another build was first, its content is the same. */
function install(staging: string, dir: string): void {
  mkdirSync(dirname(dir), { recursive: true });
  try {
    renameSync(staging, dir);
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    if (!existsSync(dir)) throw new Error(`${basename(dir)} can't be put into ${dir}: ${(error as Error).message}`);
  }
}

function hash(parts: readonly string[]): string {
  const sum = createHash("sha256");
  for (const part of parts) sum.update(`${part.length}:`).update(part);
  return sum.digest("hex").slice(0, 20);
}

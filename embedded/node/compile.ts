// Compiles a Go program: the flags that every program has, the compilers' environment, and their output as progress.
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism, totalmem } from "node:os";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Go } from "./go.ts";
import type { Progress } from "./progress.ts";

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

/** The arguments of `go build` that decide a program's content. */
export function buildFlags({ tags = [], ldflags }: Program): string[] {
  return [...compileFlags, "-tags", [...tags, ...compileTags].join(","), "-ldflags", ldflags];
}

/** Path of a Go module: its folder beside this file, or an absolute path. */
export function moduleDir(name: string): string {
  return resolve(import.meta.dirname, name);
}

/** What compiles a program, where to, and who hears of it. */
interface Compilation {
  go: Go;
  /** Path of the file. */
  out: string;
  progress: Progress;
}

/** Compiles a program with a Go into the file `out`. Throws with the compilers' last words. */
export async function compile(program: Program, { go, out, progress }: Compilation): Promise<void> {
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

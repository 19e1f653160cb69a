// Finds a Go that is new enough, or fetches one as Go itself would: a toolchain is a module of the Go module proxy.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir, markUsed } from "./paths.ts";
import { scratch } from "./unfinished.ts";

const execute = promisify(execFile);

/** The Go that is fetched where this machine has none; go.mod files ask for at least 1.26. */
const fetched = {
  version: "go1.26.8",
  // Of the zip files; their contents were compared with Go's checksum database.
  sha256: {
    amd64: "30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7",
    arm64: "02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99",
  },
} as const;
const oldest = 26;

/** A Go that can build the node. */
export interface Go {
  command: string;
  /** As `go env GOVERSION` says. */
  version: string;
}

/** True where a version such as `go1.26.8` can build the node. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= oldest);
}

/** Addresses to try for modules, in the order of GOPROXY; unset, `direct` and `off` give none: nothing is fetched unasked. */
export function proxies(goproxy: string | undefined): string[] {
  return (goproxy ?? "").split(/[,|]/).filter((entry) => /^https?:\/\//.test(entry));
}

/** Folder of the Go that is fetched. */
function toolchain(): string {
  return cacheDir("go", `toolchain-${fetched.version}`);
}

/** The Go on PATH, in /usr/local/go or fetched before, whichever is the first that is new enough; undefined where none is. Fetches nothing. */
export async function lookForGo(
  dir: string,
  commands = ["go", "/usr/local/go/bin/go", join(toolchain(), "bin", "go")],
): Promise<Go | undefined> {
  for (const command of commands) {
    const version = await versionOf(command, dir);
    if (!version || !isNewEnough(version)) continue;
    if (command.startsWith(toolchain())) markUsed(toolchain());
    return { command, version };
  }
  return undefined;
}

/** The Go that is there, among `commands` where these are given, else fetches it (70 MB, some seconds). */
export async function ensureGo(dir: string, progress: (text: string) => void, commands?: string[]): Promise<Go> {
  const installed = await lookForGo(dir, commands);
  if (installed) return installed;
  progress(`fetching ${fetched.version}`);
  await fetchGo(toolchain());
  return { command: join(toolchain(), "bin", "go"), version: fetched.version };
}

async function versionOf(command: string, cwd: string): Promise<string | undefined> {
  try {
    return (await execute(command, ["env", "GOVERSION"], { cwd })).stdout.trim();
  } catch {
    return undefined;
  }
}

async function fetchGo(target: string): Promise<void> {
  const arch = process.arch === "x64" ? "amd64" : process.arch === "arm64" ? "arm64" : undefined;
  if (!arch)
    throw new Error(`Go for ${process.arch} is not fetched: install Go 1.${oldest} or newer (https://go.dev/dl)`);
  const name = `v0.0.1-${fetched.version}.linux-${arch}`;
  const zip = await download(`golang.org/toolchain/@v/${name}.zip`);
  const sum = createHash("sha256").update(zip).digest("hex");
  if (sum !== fetched.sha256[arch]) throw new Error(`${name}.zip has another content than expected (SHA-256 ${sum})`);
  mkdirSync(cacheDir("go"), { recursive: true });
  const unpacked = scratch("go");
  try {
    writeFileSync(join(unpacked, "go.zip"), zip);
    await execute("unzip", ["-q", "go.zip"], { cwd: unpacked });
    const root = join(unpacked, `golang.org/toolchain@${name}`);
    // Module zips carry no modes; Go sets these two folders executable as well.
    for (const file of globSync(["bin/*", "pkg/tool/**/*"], { cwd: root })) chmodSync(join(root, file), 0o755);
    if (!existsSync(target)) renameSync(root, target);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

async function download(path: string): Promise<Buffer> {
  const errors: string[] = [];
  for (const proxy of proxies(process.env.GOPROXY)) {
    try {
      const answer = await fetch(`${proxy.replace(/\/$/, "")}/${path}`);
      if (answer.ok) return Buffer.from(await answer.arrayBuffer());
      errors.push(`${proxy}: HTTP ${answer.status}`);
    } catch (error) {
      errors.push(`${proxy}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `Go can't be fetched (${errors.join("; ") || "GOPROXY names no address"}): install Go 1.${oldest} or newer (https://go.dev/dl) so that 'go' is on PATH`,
  );
}

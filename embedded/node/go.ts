// Finds an installed Go that is new enough, or fetches one as Go itself does: as a module of the Go module proxy.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, globSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheDir, markUsed } from "./paths.ts";
import { makeTempDir } from "./unfinished.ts";

const execute = promisify(execFile);

/** The Go that is fetched where this machine has none that is new enough. */
const fetchedGo = {
  version: "go1.26.8",
  // Of the zip files, whose contents agree with Go's checksum database.
  sha256: {
    amd64: "30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7",
    arm64: "02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99",
  },
} as const;

/** The oldest Go 1.x that can build the node, as the go.mod files demand. */
const oldestMinor = 26;

/** An installed Go. */
export interface Go {
  command: string;
  /** As `go env GOVERSION` says. */
  version: string;
}

/** True where a version such as `go1.26.8` can build the node. */
export function isNewEnough(version: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(major) > 1 || (Number(major) === 1 && Number(minor) >= oldestMinor);
}

/** The URLs in GOPROXY, in their order. There are none where it is unset: nothing is fetched that nobody asked for. */
export function proxies(goproxy: string | undefined): string[] {
  return (goproxy ?? "").split(/[,|]/).filter((entry) => /^https?:\/\//.test(entry));
}

/** Folder of the fetched Go. */
function toolchainDir(): string {
  return cacheDir("go", `toolchain-${fetchedGo.version}`);
}

/** The first Go that is new enough: on PATH, in /usr/local/go, or fetched before; undefined where none is. Fetches nothing. */
export async function lookForGo(
  dir: string,
  commands = ["go", "/usr/local/go/bin/go", join(toolchainDir(), "bin", "go")],
): Promise<Go | undefined> {
  for (const command of commands) {
    const version = await versionOf(command, dir);
    if (!version || !isNewEnough(version)) continue;
    if (command.startsWith(toolchainDir())) markUsed(toolchainDir());
    return { command, version };
  }
  return undefined;
}

/** An installed Go (by default from the commands of `lookForGo`), or else a fetched one (70 MB, some seconds). */
export async function ensureGo(dir: string, progress: (text: string) => void, commands?: string[]): Promise<Go> {
  const installed = await lookForGo(dir, commands);
  if (installed) return installed;
  progress(`fetching ${fetchedGo.version}`);
  await fetchGo(toolchainDir());
  return { command: join(toolchainDir(), "bin", "go"), version: fetchedGo.version };
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
    throw new Error(
      `Go for ${process.arch} can't be fetched: install Go 1.${oldestMinor} or newer (https://go.dev/dl)`,
    );
  const name = `v0.0.1-${fetchedGo.version}.linux-${arch}`;
  const zip = await download(`golang.org/toolchain/@v/${name}.zip`);
  const sha256 = createHash("sha256").update(zip).digest("hex");
  if (sha256 !== fetchedGo.sha256[arch])
    throw new Error(
      `${name}.zip is not the expected file: its SHA-256 is ${sha256} instead of ${fetchedGo.sha256[arch]}`,
    );
  mkdirSync(cacheDir("go"), { recursive: true });
  const unpacked = makeTempDir("go");
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
      const response = await fetch(`${proxy.replace(/\/$/, "")}/${path}`);
      if (response.ok) return Buffer.from(await response.arrayBuffer());
      errors.push(`${proxy}: HTTP ${response.status}`);
    } catch (error) {
      errors.push(`${proxy}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `Go can't be fetched (${errors.join("; ") || "GOPROXY has no URL"}): install Go 1.${oldestMinor} or newer (https://go.dev/dl) so that 'go' is on PATH`,
  );
}

// What the tests of interrupted commands share: a cache of their own, a command that can be ended, and what is left of one.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { cgroupHierarchies } from "../../../embedded/node/host.ts";
import { findInstance, type Instance } from "../../../embedded/node/instance.ts";
import { deletedPrefix, processes } from "../../../embedded/node/node.ts";
import { cacheDir, stateDir } from "../../../embedded/node/paths.ts";
import { isAbandoned } from "../../../embedded/node/unfinished.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "../../..");

/** A copy of the caches by links, in which things can be missing; unpacked layers are shared, as nothing is missing there. */
export class OwnCache {
  readonly home: string;

  constructor() {
    mkdirSync(cacheDir("test"), { recursive: true });
    this.home = mkdtempSync(cacheDir("test", "cut-off-"));
    mkdirSync(this.path());
    for (const name of ["go", "images", "layers"])
      execFileSync("cp", ["--archive", "--link", cacheDir(name), this.path(name)]);
    // Folders of links to the programs of the other cache.
    for (const name of globSync("go/node-*", { cwd: this.path() })) rmSync(this.path(name), { recursive: true });
    for (const name of readdirSync(cacheDir()).filter((name) => !existsSync(this.path(name)) && name !== "tmp"))
      symlinkSync(cacheDir(name), this.path(name));
  }

  path(...parts: string[]): string {
    return join(this.home, "agentic-platform", ...parts);
  }

  /** Takes away what a glob finds. Throws where that is nothing: the test would interrupt something else than it means. */
  without(glob: string): void {
    const paths = globSync(glob, { cwd: this.path() });
    if (paths.length === 0) throw new Error(`the cache holds no ${glob}`);
    for (const name of paths) rmSync(this.path(name), { recursive: true });
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A command of `make` that runs, in a process group of its own as a terminal gives it. */
export class Command {
  readonly lines: string[] = [];
  readonly exit: Promise<number | NodeJS.Signals | null>;
  readonly #child: ChildProcess;

  constructor(name: "up" | "down" | "clean", env: Record<string, string>) {
    this.#child = spawn(process.execPath, [join(root, "embedded/cli/main.ts"), name], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      if (stream) createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    this.exit = new Promise((resolve) => this.#child.once("close", (code, signal) => resolve(signal ?? code)));
  }

  get text(): string {
    return this.lines.join("\n");
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until `holds`; throws with what the command said where it ends before that. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (!this.isRunning) throw new Error(`the command ended too early:\n${this.text}`);
      await sleep(2);
    }
  }

  /** Signals the whole group, and waits until all of it has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.isRunning) process.kill(-(this.#child.pid ?? 0), signal);
    await this.exit;
  }
}

/** Everything of an instance and of commands on it that is there and should not be, in words. */
export async function leftovers(name: string, cache: OwnCache, { isDown = false } = {}): Promise<string[]> {
  const instance = findInstance(name);
  const dir = stateDir(name);
  const own = new Set(processes(name));
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const files = [
    ...globSync(["tmp/*", "*/*.partial"], { cwd: cache.path() }).filter((file) =>
      isAbandoned(file.split("/")[1] ?? ""),
    ),
    ...globSync([`${name}/*.new`, `${name}/*/*.new`], { cwd: stateDir() }),
    // Another command may be deleting its own instance at this moment.
    ...globSync(`${deletedPrefix}*`, { cwd: stateDir() }).filter(isAbandoned),
    ...globSync("agentic-pull-*", { cwd: tmpdir() }).filter(isAbandoned),
  ];
  const others = readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || own.has(Number(pid))) return false;
    const text = commandOf(pid);
    return text.includes(`${dir}/`) || text.includes(cache.home);
  });
  return [
    ...files.map((file) => `file ${file}`),
    ...mounts.filter((line) => line.includes(dir) || line.includes(cache.home)).map((line) => `mount ${line}`),
    ...others.map((pid) => `process ${commandOf(pid)}`),
    ...(instance ? await traces(instance, isDown) : []),
  ];
}

/** What an instance has on the machine that it should not have: anything where it is down, anything twice where it is up. */
async function traces(instance: Instance, isDown: boolean): Promise<string[]> {
  const most = isDown ? 0 : 1;
  const links = (await execute("ip", ["-o", "link"])).stdout
    .split("\n")
    .filter((line) => line.includes(instance.hostLink));
  const routes = (await execute("ip", ["route"])).stdout.split("\n");
  const ownRoutes = routes.filter((line) => line.startsWith(`unreachable ${instance.network.podCidr} `));
  const kubelets = processes(instance.name).filter((pid) => commandOf(String(pid)).split(" ")[0]?.endsWith("/kubelet"));
  const cgroups = cgroupHierarchies(readFileSync("/proc/self/mountinfo", "utf8"))
    .map((hierarchy) => join(hierarchy, instance.cgroup))
    .filter((path) => isDown && existsSync(path));
  return [
    ...(links.length > most ? links : []).map((line) => `link ${line}`),
    ...(ownRoutes.length > most ? ownRoutes : []).map((line) => `route ${line}`),
    ...(kubelets.length > most ? kubelets : []).map((pid) => `kubelet ${pid}`),
    ...cgroups.map((path) => `cgroup ${path}`),
  ];
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

// Checks whether the host can run a node, and manages a node's resources outside its namespaces: processes, cgroups, link, routes.
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Instance, Network } from "./instance.ts";

const execute = promisify(execFile);
const alternative = "On a machine that can't run the node, use a kind or k3d cluster instead: `pulumi up -s dev`.";

/** Folders in which distributions put CNI plugins. */
const cniDirs = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni", "/usr/lib64/cni"];

/** Properties of this machine that the node depends on and that can be checked beforehand. */
export interface Machine {
  platform: string;
  uid: number;
  /** Text of /proc/filesystems. */
  filesystems: string;
  /** Text of /proc/self/mountinfo. */
  mountinfo: string;
  /** The full path of a program, undefined where there is none. */
  which: (program: string) => string | undefined;
  /** Folder of the CNI plugins. */
  cniDir: string | undefined;
}

/** The properties of this machine. */
export function thisMachine(): Machine {
  const linux = process.platform === "linux";
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    filesystems: linux ? readFileSync("/proc/filesystems", "utf8") : "",
    mountinfo: linux ? readFileSync("/proc/self/mountinfo", "utf8") : "",
    which,
    cniDir: cniDirs.find((dir) => existsSync(join(dir, "ptp"))),
  };
}

/** What prevents the node from running on a machine, each obstacle with its remedy; empty where it can run. */
export function obstacles(machine: Machine): string[] {
  if (machine.platform !== "linux") return [`the node needs Linux, and this is ${machine.platform}`];
  const found: string[] = [];
  if (machine.uid !== 0) found.push("the node needs root (namespaces, mounts, cgroups): run this with sudo");
  if (!cgroupHierarchies(machine.mountinfo).length)
    found.push("no cgroup hierarchy is mounted: mount cgroup2 at /sys/fs/cgroup");
  if (!/\boverlay$/m.test(machine.filesystems))
    found.push("the kernel has no overlayfs: load it with 'modprobe overlay'");
  const missing = ["containerd", "ctr", "runc", "ip", "nft"].filter((program) => !machine.which(program));
  if (missing.length)
    found.push(`programs are missing: ${missing.join(", ")} (Debian: containerd, runc, iproute2, nftables)`);
  if (!machine.cniDir) found.push("CNI plugins are missing (Debian: containernetworking-plugins)");
  return found;
}

/** This machine; throws one error that names every obstacle and the alternative. */
export async function checkMachine(): Promise<Machine> {
  // Some kernels load overlayfs on demand only. Where that fails, the check below has the better message.
  if (process.platform === "linux" && !readFileSync("/proc/filesystems", "utf8").includes("\toverlay"))
    await run("modprobe", ["overlay"]).catch(() => {});
  const machine = thisMachine();
  const found = obstacles(machine);
  if (found.length)
    throw new Error(
      `The node can't run on this machine:\n${found.map((text) => `  - ${text}`).join("\n")}\n${alternative}`,
    );
  return machine;
}

function which(program: string): string | undefined {
  // The PATH of a user often lacks the sbin folders.
  const dirs = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return dirs
    .map((dir) => join(dir, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** Runs a program until it ends; throws with its error text. */
export async function run(command: string, args: string[], input?: string): Promise<string> {
  const promise = execute(which(command) ?? command, args, { maxBuffer: 64 << 20 });
  if (input !== undefined) promise.child.stdin?.end(input);
  try {
    return (await promise).stdout;
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    throw new Error(`${command} ${args.join(" ")}: ${stderr.trim() || message}`);
  }
}

/** The identity of a process, which no later process with the same process id has. */
export interface ProcessId {
  pid: number;
  /** Start time in clock ticks since the machine's start. */
  startTime: string;
  bootId: string;
}

/**
 * The fields of /proc/pid/stat (proc(5)) from the third one, the state; the name before that may hold spaces and parentheses.
 * Throws where there is no such process.
 */
export function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** The identity of a running process, or undefined where none runs. */
export function identify(pid: number): ProcessId | undefined {
  try {
    const fields = statOf(pid);
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return { pid, startTime: fields[19] ?? "", bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() };
  } catch {
    return undefined;
  }
}

/** True where exactly this process still runs. */
export function isAlive(id: ProcessId): boolean {
  const now = identify(id.pid);
  return now !== undefined && now.startTime === id.startTime && now.bootId === id.bootId;
}

/** Mount points of the cgroup hierarchies in a mountinfo file. */
export function cgroupHierarchies(mountinfo: string): string[] {
  const points = mountinfo
    .split("\n")
    .map((line) => line.split(" - "))
    .filter(([, kind]) => kind && /^cgroup2? /.test(kind))
    .map(([mount = ""]) => mount.split(" ")[4] ?? "");
  return [...new Set(points)];
}

/**
 * Ends every process in the instance's cgroups, and removes the cgroups. Every process there belongs to the instance, even
 * where its record is lost.
 */
export async function removeCgroups(instance: Instance): Promise<void> {
  const roots = cgroupHierarchies(readFileSync("/proc/self/mountinfo", "utf8")).map((dir) =>
    join(dir, instance.cgroup),
  );
  const deadline = performance.now() + 20_000;
  for (;;) {
    const dirs = roots.flatMap(folderTree);
    if (!dirs.length) return;
    const pids = new Set(dirs.flatMap(processesIn));
    for (const pid of pids) kill(pid, "SIGKILL");
    if (!pids.size && dirs.every(removeFolder)) return;
    if (performance.now() > deadline)
      throw new Error(
        `cgroups of instance '${instance.name}' can't be removed (${dirs.find((dir) => existsSync(dir))}): processes ${[...pids].join(", ")} don't end`,
      );
    await sleep(20);
  }
}

/** Process ids of an instance, by its cgroups. */
export function instanceProcesses(instance: Instance): number[] {
  const roots = cgroupHierarchies(readFileSync("/proc/self/mountinfo", "utf8")).map((dir) =>
    join(dir, instance.cgroup),
  );
  return [...new Set(roots.flatMap(folderTree).flatMap(processesIn))];
}

/** A folder and all its subfolders, the deepest first; empty where it doesn't exist. */
function folderTree(dir: string): string[] {
  try {
    const subfolders = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...subfolders.flatMap(({ name }) => folderTree(join(dir, name))), dir];
  } catch {
    return [];
  }
}

function processesIn(dir: string): number[] {
  try {
    return readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Removes an empty folder; whether it is gone. */
function removeFolder(dir: string): boolean {
  try {
    rmdirSync(dir);
    return true;
  } catch {
    return !existsSync(dir);
  }
}

/** Signals a process; a process that has ended is not an error. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {}
}

/** Metric of the routes that keep packets for an instance's pods and services off the host's default route. */
const unreachableMetric = "9999";

/** Throws where another instance has the same addresses: one in another state folder is known by its link only. */
export async function checkAddressesFree({ name, network, hostLink }: Instance): Promise<void> {
  const other = await otherLink(network, hostLink);
  if (other)
    throw new Error(
      `instance '${name}' needs the addresses of subnet ${network.index}, which link ${other} of this machine has (an instance in another state folder): stop that instance, or clean this one, which then takes other addresses`,
    );
}

/** The link of another instance that has the network's address on the host. */
async function otherLink({ hostIp }: Network, hostLink: string): Promise<string | undefined> {
  const lines = (await run("ip", ["-4", "-o", "addr", "show", "to", `${hostIp}/32`])).trim().split("\n");
  return lines.map((line) => line.split(/\s+/)[1]).find((link) => link && link !== hostLink);
}

/** Connects the network namespace of process `pid` with the host by a pair of virtual links. */
export async function connect({ network, hostLink }: Instance, pid: number): Promise<void> {
  const { hostIp, linkPrefix } = network;
  const lines = [
    `link add ${hostLink} type veth peer name eth0 netns ${pid}`,
    `addr add ${hostIp}/${linkPrefix} dev ${hostLink}`,
    `link set ${hostLink} up`,
    // The host can't reach pods and services, and sends no packet for them along its default route.
    ...[network.podCidr, network.serviceCidr].map(
      (cidr) => `route replace unreachable ${cidr} metric ${unreachableMetric}`,
    ),
  ];
  await run("ip", ["-batch", "-"], `${lines.join("\n")}\n`);
}

/** Removes the link and the routes of an instance, where they exist. */
export async function disconnect({ network, hostLink }: Instance): Promise<void> {
  await run("ip", ["link", "del", hostLink]).catch(() => {});
  // The routes now belong to the other instance.
  if (await otherLink(network, hostLink)) return;
  for (const cidr of [network.podCidr, network.serviceCidr])
    await run("ip", ["route", "del", "unreachable", cidr, "metric", unreachableMetric]).catch(() => {});
}

/** Whether no route of the host overlaps a network's addresses; `routes` is what `hostRoutes` returns. */
export function isFree(network: Network, routes: string): boolean {
  const used = routes
    .split("\n")
    .map((line) => /(?:^|\s)(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?(?:\s|$)/.exec(line))
    .filter((match) => match !== null)
    .map(([, address = "", prefix = "32"]) => range(address, Number(prefix)));
  return [`${network.hostIp}/${network.linkPrefix}`, network.podCidr, network.serviceCidr]
    .map((cidr) => cidr.split("/"))
    .map(([address = "", prefix = "32"]) => range(address, Number(prefix)))
    .every(([first, last]) => !used.some(([from, to]) => first <= to && from <= last));
}

/** The host's routes, as text. */
export async function hostRoutes(): Promise<string> {
  return await run("ip", ["-4", "-o", "route", "show", "table", "all"]);
}

/** The first and the last address of a CIDR range, as numbers. */
function range(address: string, prefix: number): [number, number] {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(value / size) * size;
  return [first, first + size - 1];
}

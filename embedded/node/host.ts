// Checks the host for a node, and manages what it has outside its namespaces: processes, cgroups, a link, routes.
import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Instance, Network } from "./instance.ts";

const execute = promisify(execFile);
const alternative = "Where the node can't run, use a kind or k3d cluster instead: `pulumi up -s dev`.";

/** Folders in which distributions put CNI plugins. */
const cniDirs = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni", "/usr/lib64/cni"];

/** Properties of this machine that the node depends on and that can be checked beforehand. */
export interface Machine {
  platform: string;
  uid: number;
  filesystems: string;
  mountinfo: string;
  /** The full path of a program, undefined where there is none. */
  which: (program: string) => string | undefined;
  cniDir: string | undefined;
}

/** This machine. */
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

/** Everything that prevents the node from running here, each with what to do; empty where it can run. */
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

/** Throws one error that names every obstacle and the alternative. */
export async function checkMachine(): Promise<Machine> {
  // Loaded on demand by some kernels; where that fails, the check below says it better.
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
  // A user's PATH often lacks the sbin folders.
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

/** A process that can't be mistaken for a later one with the same number. */
export interface ProcessId {
  pid: number;
  /** Start time in clock ticks since the machine's start. */
  startTime: string;
  bootId: string;
}

/**
 * Fields of a process from its state on (proc(5), /proc/pid/stat: that is the third): its name before them may hold spaces and
 * parentheses. Throws where there is no such process.
 */
export function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** The identity of a running process, or undefined. */
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
 * Ends every process in the instance's cgroups, and removes the cgroups. What is in them belongs to the instance, even
 * where its records are lost.
 */
export async function removeCgroups(instance: Instance): Promise<void> {
  const roots = cgroupHierarchies(readFileSync("/proc/self/mountinfo", "utf8")).map((dir) =>
    join(dir, instance.cgroup),
  );
  const until = performance.now() + 20_000;
  for (;;) {
    const dirs = roots.flatMap(subfolders);
    if (!dirs.length) return;
    const pids = new Set(dirs.flatMap(processesIn));
    for (const pid of pids) kill(pid, "SIGKILL");
    if (!pids.size && dirs.every(removed)) return;
    if (performance.now() > until)
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
  return [...new Set(roots.flatMap(subfolders).flatMap(processesIn))];
}

/** A folder's subfolders before itself, or nothing where it doesn't exist. */
function subfolders(dir: string): string[] {
  try {
    const inner = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [...inner.flatMap(({ name }) => subfolders(join(dir, name))), dir];
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

function removed(dir: string): boolean {
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

/** Metric of the routes that keep an instance's inner addresses off the host's own default route. */
const unreachableMetric = "9999";

/** Refuses addresses that another instance has, which is kept under another state folder and so not known here. */
export async function refuseTaken({ name, network, hostLink }: Instance): Promise<void> {
  const other = await otherLink(network, hostLink);
  if (other)
    throw new Error(
      `instance '${name}' has the addresses of subnet ${network.index}, which link ${other} of this machine has now (an instance under another state folder): stop that one, or clean this one so that it takes others`,
    );
}

/** The link, if any but our own, that has the network's address on the host. */
async function otherLink({ hostIp }: Network, hostLink: string): Promise<string | undefined> {
  const lines = (await run("ip", ["-4", "-o", "addr", "show", "to", `${hostIp}/32`])).trim().split("\n");
  return lines.map((line) => line.split(/\s+/)[1]).find((link) => link && link !== hostLink);
}

/** Connects the network namespace of process `pid` with the host by a pair of links. */
export async function connect({ network, hostLink }: Instance, pid: number): Promise<void> {
  const { hostIp, linkPrefix } = network;
  const lines = [
    `link add ${hostLink} type veth peer name eth0 netns ${pid}`,
    `addr add ${hostIp}/${linkPrefix} dev ${hostLink}`,
    `link set ${hostLink} up`,
    // Pods and services are not reached from the host, and never by way of its default route.
    ...[network.podCidr, network.serviceCidr].map(
      (cidr) => `route replace unreachable ${cidr} metric ${unreachableMetric}`,
    ),
  ];
  await run("ip", ["-batch", "-"], `${lines.join("\n")}\n`);
}

/** Removes link and routes of an instance, as far as they are there. */
export async function disconnect({ network, hostLink }: Instance): Promise<void> {
  await run("ip", ["link", "del", hostLink]).catch(() => {});
  if (await otherLink(network, hostLink)) return; // the routes are that one's
  for (const cidr of [network.podCidr, network.serviceCidr])
    await run("ip", ["route", "del", "unreachable", cidr, "metric", unreachableMetric]).catch(() => {});
}

/** Tells for a network whether the host uses none of its addresses; `routes` is what `ip -4 -o route show table all` prints. */
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

/** The host's routes, for isFree. */
export async function hostRoutes(): Promise<string> {
  return await run("ip", ["-4", "-o", "route", "show", "table", "all"]);
}

function range(address: string, prefix: number): [number, number] {
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(value / size) * size;
  return [first, first + size - 1];
}

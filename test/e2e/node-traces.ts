// What an embedded node holds of the machine, and what of it would be left behind.
import { execFileSync } from "node:child_process";
import { globSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { processes, type RunningNode } from "../../embedded/node/node.ts";

/** Process id of a component, 0 where it does not run. */
export function pidOf(instance: string, program: string): number {
  const runs = (pid: number) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0]?.endsWith(`/${program}`) ?? false;
    } catch {
      return false;
    }
  };
  return processes(instance).find(runs) ?? 0;
}

/** What pods hold of the node, counted. */
export function inUse(node: RunningNode) {
  const root = `/proc/${node.pid}/root`;
  const ctr = (...args: string[]) =>
    execFileSync("ctr", ["--address", node.containerdSocket, "--namespace", "k8s.io", ...args], { encoding: "utf8" });
  const links = execFileSync("nsenter", ["-t", String(node.pid), "-n", "ip", "-o", "link", "show", "type", "veth"], {
    encoding: "utf8",
  });
  const cgroups = globSync(`/sys/fs/cgroup/{,pids/}${node.nodeName}/kubepods/**/pod*/`);
  return {
    networks: readdirSync(`${root}/run/netns`).length,
    links: links.trim().split("\n").length,
    addresses: readdirSync(`${root}/run/cni/pods`).filter((name) => /^\d/.test(name)).length,
    sandboxes: Object.keys(JSON.parse(readFileSync(`${root}/run/netpol/sandboxes.json`, "utf8"))).length,
    containers: ctr("containers", "ls", "-q").trim().split("\n").length,
    snapshots: ctr("snapshots", "ls").trim().split("\n").length,
    cgroups: cgroups.length,
    mounts: readFileSync(`/proc/${node.pid}/mountinfo`, "utf8").split("\n").length,
  };
}

/** Everything on the host outside its folder that belongs to the first instance. */
export function traces(node: RunningNode) {
  const index = node.nodeIp.split(".")[2];
  const command = (name: string, ...args: string[]) =>
    execFileSync(name, args, { encoding: "utf8" }).split("\n").filter(Boolean);
  const ranges = [node.podCidr, node.serviceCidr, node.nodeIp.replace(/2$/, "")];
  return {
    links: command("ip", "-o", "link").filter((line) => line.includes(` ag${index}-`)),
    routes: command("ip", "route", "show", "table", "all").filter((line) =>
      ranges.some((range) => line.includes(range)),
    ),
    tables: command("nft", "list", "tables").filter((line) => line.includes(`agentic_${index}_`)),
    mounts: readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => line.includes(node.dir)),
    cgroups: globSync(`/sys/fs/cgroup/{,*/}${node.nodeName}-*`),
    processes: readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isOfInstance(node, pid)),
  };
}

/** A process that names the instance's folder or sits in its cgroup, however it got there. */
function isOfInstance(node: RunningNode, pid: string): boolean {
  try {
    const about = [
      readFileSync(`/proc/${pid}/cmdline`, "utf8"),
      readFileSync(`/proc/${pid}/cgroup`, "utf8"),
      readlinkSync(`/proc/${pid}/cwd`),
    ].join("\n");
    return about.includes(node.dir) || about.includes(`/${node.nodeName}/`);
  } catch {
    return false;
  }
}

// Checks, from facts about the machine, whether a local cluster can be made here.
import { leastVersions, type Tool } from "./versions.ts";

/** State of a tool on the machine. */
export type Found =
  | { state: "missing" }
  /** It is installed, but its daemon doesn't answer (Docker). */
  | { state: "silent"; message: string }
  | { state: "there"; version: string };

/** Facts about the machine. */
export interface Facts {
  /** Of Node: linux, darwin, win32. */
  platform: string;
  tools: Partial<Record<Tool, Found>>;
  /** Whether the cluster already exists: the ports in use are its own then. */
  clusterThere: boolean;
  /** Ports that something listens on. */
  takenPorts: readonly number[];
  /** Files that are asked for and aren't there. */
  missingFiles: readonly string[];
  /** Whether a service manager runs that can start k3s. */
  systemd: boolean;
}

/** What the cluster that is to be created needs of the machine. */
export interface ClusterNeeds {
  kind: "kind" | "k3d" | "k3s";
  /** Ports of this machine by the field of `cluster.ports`. */
  ports: Readonly<Record<string, number>>;
  /** Whether the config names the node's image itself. */
  ownNodeImage: boolean;
  /** Whether k3s is installed on another machine. */
  remote: boolean;
}

/** Tools that each kind works with. */
export const toolsOf: Record<ClusterNeeds["kind"], readonly Tool[]> = {
  kind: ["docker", "kind"],
  k3d: ["docker", "k3d"],
  k3s: [],
};

/** Everything that prevents the cluster, each with what to do; empty where nothing does. */
export function obstacles(needs: ClusterNeeds, facts: Facts): string[] {
  const problems = toolsOf[needs.kind].flatMap((tool) => toolProblem(tool, facts.tools[tool], needs) ?? []);
  if (needs.kind === "k3s" && !needs.remote) {
    if (facts.platform !== "linux")
      problems.push(
        `k3s runs on Linux, this is ${facts.platform}: give cluster.k3s.ssh, or use cluster.kind kind or k3d`,
      );
    else if (!facts.systemd)
      problems.push("k3s needs systemd, which doesn't run here: use cluster.kind kind or k3d, or make up");
  }
  // The ports of an existing cluster are in use by the cluster itself.
  if (!facts.clusterThere)
    for (const [name, port] of Object.entries(needs.ports))
      if (facts.takenPorts.includes(port))
        problems.push(
          `port ${port} of this machine is taken: end what listens there (ss -ltnp 'sport = :${port}'), or set cluster.ports.${name} to another one, 0 for none`,
        );
  for (const file of facts.missingFiles)
    problems.push(`cluster.imageArchives: there is no file ${file}: make it by docker save, or leave it out`);
  return problems;
}

function toolProblem(tool: Tool, found: Found | undefined, { kind, ownNodeImage }: ClusterNeeds): string | undefined {
  const versions: { least: string; leastWithOwnNode?: string; from: string } = leastVersions[tool];
  const { from } = versions;
  const least = (ownNodeImage && versions.leastWithOwnNode) || versions.least;
  if (!found || found.state === "missing")
    return `${tool} is not on PATH, and cluster.kind ${kind} needs it: install ${least} or newer from ${from}`;
  if (found.state === "silent")
    return `${tool} doesn't answer (${found.message}): start it; docker info must work for this user`;
  if (isOlder(found.version, least))
    return `${tool} is version ${found.version}, and cluster.kind ${kind} needs ${least} or newer: ${from}`;
  return undefined;
}

/** Whether a version is older than another one, both as `v1.2.3-suffix`; one that can't be read is older than any. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) =>
    text
      .match(/(\d+)\.(\d+)(?:\.(\d+))?/)
      ?.slice(1)
      .map((part) => Number(part ?? 0));
  const [left, right = []] = [numbers(version), numbers(than)];
  if (!left) return true;
  const at = left.findIndex((number, i) => number !== right[i]);
  return at >= 0 && (left[at] as number) < (right[at] ?? 0);
}

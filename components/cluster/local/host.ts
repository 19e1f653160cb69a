// Detects what this machine has for a local cluster: tools, ports, files.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { type ClusterNeeds, type Facts, type Found, obstacles, toolsOf } from "./preflight.ts";
import type { Tool } from "./versions.ts";

const execute = promisify(execFile);

/** Command that prints each tool's version; for Docker the daemon's, so that a daemon that isn't running is noticed. */
const versionCommands: Record<Tool, readonly string[]> = {
  docker: ["version", "--format", "{{.Server.Version}}"],
  kind: ["version"],
  k3d: ["version"],
};

/** Asks a tool for its version; waits at most 15 s. */
export async function findTool(tool: Tool): Promise<Found> {
  try {
    const { stdout } = await execute(tool, [...versionCommands[tool]], { timeout: 15_000 });
    const version = stdout.match(/v?(\d+\.\d+(\.\d+)?\S*)/)?.[1];
    return version
      ? { state: "there", version }
      : { state: "silent", message: `it says ${stdout.trim() || "nothing"}` };
  } catch (error) {
    const { code, stderr = "", message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") return { state: "missing" };
    return { state: "silent", message: (stderr || message).trim().split("\n").at(-1) ?? "" };
  }
}

/** Whether something listens on a port of loopback, or on all addresses. */
export async function isTaken(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "EADDRINUSE"));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(false)));
  });
}

/** Whether the cluster is there already; false where that can't be told. */
async function isThere(kind: ClusterNeeds["kind"], cluster: string): Promise<boolean> {
  const command = { kind: ["get", "clusters"], k3d: ["cluster", "list", "--no-headers"], k3s: undefined }[kind];
  if (!command) return existsSync("/usr/local/bin/k3s");
  const { stdout } = await execute(kind, command, { timeout: 15_000 }).catch(() => ({ stdout: "" }));
  return stdout.split("\n").some((line) => line.split(/\s+/)[0] === cluster);
}

/** Collects the facts about the machine that a local cluster depends on. */
export async function factsOf(needs: ClusterNeeds, cluster: string, files: readonly string[]): Promise<Facts> {
  const tools = await Promise.all(toolsOf[needs.kind].map(async (tool) => [tool, await findTool(tool)] as const));
  const ports = Object.values(needs.ports);
  const taken = await Promise.all(ports.map(isTaken));
  return {
    platform: process.platform,
    tools: Object.fromEntries(tools),
    clusterThere: await isThere(needs.kind, cluster),
    takenPorts: ports.filter((_, i) => taken[i]),
    missingFiles: files.filter((file) => !existsSync(file)),
    systemd: existsSync("/run/systemd/system"),
  };
}

/** Throws with everything that stands in the way of a local cluster, before anything is made. */
export async function preflight(needs: ClusterNeeds, cluster: string, files: readonly string[] = []): Promise<void> {
  const problems = obstacles(needs, await factsOf(needs, cluster, files));
  if (problems.length > 0)
    throw new Error(
      `a cluster of ${needs.kind} can't be made here:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
}

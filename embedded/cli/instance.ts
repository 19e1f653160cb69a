// Starts, stops and inspects the instance that this command works on: the one named by INSTANCE, else `default`.

import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { ensureBinaries } from "../node/build.ts";
import { findInstance } from "../node/instance.ts";
import type { Archive } from "../node/node.ts";
import { clean, importImages as importArchives, status, down as stopNode, up } from "../node/node.ts";
import { stateDir } from "../node/paths.ts";
import type { Progress } from "../node/progress.ts";
import type { Cluster } from "./cluster.ts";
import { holdingAlone } from "./hold.ts";
import { withNoProxy } from "./no-proxy.ts";
import { removeAbandoned } from "./prune.ts";
import { runSteps } from "./tasks.ts";

/** Name of the instance. */
export const instanceName = process.env.INSTANCE || "default";

/** A running node, as the deployer and kubectl need it. */
export interface Node extends Cluster {
  context: string;
  /** URL of the API server. */
  server: string;
  /** The API server's address, for network policies. */
  apiServerCidr: string;
  /** Service address that is reserved for the registry in the cluster. */
  registryAddress: string;
  /** Service address that is reserved for the resolver of tenants. */
  resolverAddress: string;
  /** Service address that is reserved for Prometheus. */
  prometheusAddress: string;
  /** Port of this machine's loopback that leads there. */
  metricsPort: number;
  /** Service address that is reserved for Jaeger, and the port of this machine's loopback that leads there. */
  jaegerAddress: string;
  tracesPort: number;
  /** Service address that is reserved for the console, and the port of this machine's loopback that leads there. */
  consoleAddress: string;
  consolePort: number;
}

/** Whether the instance was never up, or was deleted. */
export function isNewInstance(): boolean {
  return findInstance(instanceName) === undefined;
}

/** Marker file in the folder of an instance whose first run doesn't check signatures yet. */
const firstRun = () => stateDir(instanceName, "first-run");

/**
 * Whether the instance has never checked signatures: it is new, or its first run was interrupted. An instance that
 * has checked them once keeps doing so.
 */
export function isInFirstRun(): boolean {
  return isNewInstance() || existsSync(firstRun());
}

/** Marks the beginning of the instance's first run, so that the next command continues it if it is interrupted. */
export function beginFirstRun(): void {
  mkdirSync(stateDir(instanceName), { recursive: true, mode: 0o700 });
  writeFileSync(firstRun(), "");
}

/** Marks that signatures are checked from now on. */
export function endFirstRun(): void {
  rmSync(firstRun(), { force: true });
}

/** Whether agents and browsers run in gVisor. */
export const isSandboxed = process.env.SANDBOX === "1";

/** Whether accounts of the cluster sign images, by a Fulcio and a Rekor in it. */
export const isKeyless = (): boolean => process.env.SIGSTORE === "1";

/** Starts the node, or finds it running. EGRESS=1 lets pods reach the internet, SANDBOX=1 has agents and browsers run in gVisor. */
export async function startNode(progress: Progress): Promise<Node> {
  const { kubeconfig, context, nodeIp, bin } = await up({
    instance: instanceName,
    egress: process.env.EGRESS === "1",
    sandbox: isSandboxed,
    log: progress,
  });
  goPastProxies(nodeIp);
  return { kubeconfig, context, bin, ...addresses(nodeIp) };
}

/** The running instance. Throws where it isn't up. */
export async function instance(): Promise<Node> {
  const { state, kubeconfig, context, nodeIp } = await status(instanceName);
  if (state !== "running" || !kubeconfig || !context || !nodeIp)
    throw new Error(`instance '${instanceName}' is ${state}: make up starts it`);
  const bin = await ensureBinaries(undefined, { sandbox: isSandboxed });
  goPastProxies(nodeIp);
  return { kubeconfig, context, bin, ...addresses(nodeIp) };
}

/** Excludes the node, which is on this machine, from the environment's proxies, for this process and its children. */
function goPastProxies(nodeIp: string): void {
  Object.assign(process.env, withNoProxy(process.env, nodeIp));
}

function addresses(nodeIp: string): Omit<Node, keyof Cluster | "context"> {
  const network = findInstance(instanceName)?.network;
  return {
    server: `https://${nodeIp}:6443`,
    apiServerCidr: `${nodeIp}/32`,
    registryAddress: network?.registryIp ?? "",
    resolverAddress: network?.resolverIp ?? "",
    prometheusAddress: network?.prometheusIp ?? "",
    metricsPort: network?.metricsPort ?? 0,
    jaegerAddress: network?.jaegerIp ?? "",
    tracesPort: network?.tracesPort ?? 0,
    consoleAddress: network?.consoleIp ?? "",
    consolePort: network?.consolePort ?? 0,
  };
}

/** The node's state as text. */
export async function nodeStatus(): Promise<{ up: boolean; text: string }> {
  const { state, nodeIp, dir } = await status(instanceName);
  const where = state === "running" ? ` at ${nodeIp}` : "";
  return { up: state === "running", text: `instance '${instanceName}' is ${state}${where}${dir ? `, in ${dir}` : ""}` };
}

/** Ends a command that brings the instance up, ends the instance by `how`, and removes leftovers of interrupted commands. */
async function end(how: typeof clean, progress: Progress): Promise<undefined> {
  await holdingAlone(instanceName, async () => await how(instanceName), { progress, last: how === clean });
  removeAbandoned();
}

/** Imports the archives that the node doesn't have yet. */
export async function importImages(archives: readonly Archive[], progress: Progress): Promise<string> {
  const count = await importArchives(instanceName, archives, progress);
  return count === 0 ? "skipped: all there" : `${count} new`;
}

/** Stops the instance; its data stay. */
export async function down(): Promise<void> {
  await runSteps([
    { title: `Stopping instance '${instanceName}'`, run: async (progress) => await end(stopNode, progress) },
  ]);
}

/** Stops the instance and deletes its data. */
export async function wipe(): Promise<void> {
  await runSteps([
    { title: `Deleting instance '${instanceName}'`, run: async (progress) => await end(clean, progress) },
  ]);
}

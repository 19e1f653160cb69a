// Starts, stops and inspects a Kubernetes node on this machine, without Docker. README.md describes its parts.
import { createHash } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Api } from "./api.ts";
import type { Archive } from "./archive.ts";
import { ensureBinaries } from "./build.ts";
import type { NodeOptions } from "./config.ts";
import { importArchives } from "./containerd.ts";
import { closeEgress, hostResolvers, openEgress } from "./egress.ts";
import { configFiles } from "./files.ts";
import { hostPaths, writeFolder } from "./folder.ts";
import {
  checkAddressesFree,
  checkMachine,
  connect,
  disconnect,
  hostRoutes,
  identify,
  instanceProcesses,
  isAlive,
  isFree,
  kill,
  removeCgroups,
  run,
} from "./host.ts";
import { initConfig } from "./init.ts";
import { checkName, findInstance, type Instance, makeInstance } from "./instance.ts";
import { withLock } from "./lock.ts";
import { manifests } from "./manifests.ts";
import { stateDir } from "./paths.ts";
import { applied, dnsReady, importSystemArchives, logTail, nodeReady, until } from "./ready.ts";
import { type RunRecord, readRecord, removeRecord, socketOf, writeRecord } from "./record.ts";
import { ownerMark } from "./unfinished.ts";

export type { Archive } from "./archive.ts";

/** Prefix of the names of deleted instances' folders, until they are removed. */
export const deletedPrefix = ".gone-";

/** Options of `up`. */
export interface UpOptions {
  /** 1 to 32 of a-z, 0-9, `-`. */
  instance: string;
  /** 0 to 31: decides every address of the instance; the lowest free one by default. It can't change while the instance has data. */
  subnet?: number;
  /** Whether pods may open connections to the internet, masqueraded by this machine; off by default. */
  egress?: boolean;
  /** Whether pods may run in gVisor, by RuntimeClass `gvisor`; off by default. */
  sandbox?: boolean;
  /** Whether etcd flushes each write to the disk, so that data survive a power failure; on by default. */
  durable?: boolean;
  /** Called with the current step. */
  log?: (text: string) => void;
}

/** A running instance. */
export interface RunningNode {
  instance: string;
  kubeconfig: string;
  context: string;
  /** Address of the API server (port 6443) and of node ports, from this machine only. */
  nodeIp: string;
  nodeName: string;
  podCidr: string;
  serviceCidr: string;
  /** Folder of all its state. */
  dir: string;
  /** Folder of the node's programs, kubectl among them. */
  bin: string;
  /** containerd's socket as this machine sees it, for `ctr --address … --namespace k8s.io`. */
  containerdSocket: string;
  /** Process 1 of the node: `nsenter -t <pid> -m -n -p` enters it. */
  pid: number;
  /** False where it was running already. */
  started: boolean;
  /** Milliseconds from the call until the node was ready, and until DNS was. */
  times: { node: number; dns: number };
}

/** State of an instance. */
export interface NodeStatus {
  state: "absent" | "stopped" | "starting" | "running";
  kubeconfig?: string;
  /** Name of its context there. */
  context?: string;
  nodeIp?: string;
  pid?: number;
  dir?: string;
}

const ignore = () => {};

/**
 * Starts the instance unless it runs, and returns once its node and DNS are ready. An instance that runs with other settings or
 * other programs is restarted; its data stay. The node outlives this process.
 */
export async function up(options: UpOptions): Promise<RunningNode> {
  const calledAt = performance.now();
  const log = options.log ?? ignore;
  const machine = await checkMachine();
  const bin = await ensureBinaries(log, options);
  const { egress = false, durable = true, sandbox = false } = options;
  const upstreamDns = egress ? hostResolvers() : [];
  const nodeOptions: NodeOptions = { egress, durable, sandbox, upstreamDns };
  return await withLock(lockFile(options.instance), async () => {
    const instance = await withLock(stateDir(".lock"), async () => {
      const routes = await hostRoutes();
      return makeInstance(options.instance, options.subnet, (network) => isFree(network, routes));
    });
    const config = initConfig(instance, hostPaths(machine, bin), nodeOptions);
    const files = configFiles(instance, { cniBin: join(instance.dir, "etc", "cni-bin"), sandbox });
    const configHash = createHash("sha256")
      .update(JSON.stringify([config, files]))
      .digest("hex");
    const running = readRecord(instance);
    const isSame = running?.config === configHash;
    if (running?.whole && isSame)
      return await waitUntilReady(instance, running, { nodeOptions, started: false, calledAt, log });
    if (running) log(isSame ? "its start was interrupted: restarting it" : "its settings have changed: restarting it");
    await stop(instance);
    await checkAddressesFree(instance);
    log("starting etcd, containerd and Kubernetes");
    await writeFolder(instance, { machine, bin, config, files });
    const record = await launch(instance, bin, configHash);
    if (egress) await openEgress(instance);
    const node = await waitUntilReady(instance, record, { nodeOptions, started: true, calledAt, log });
    writeRecord(instance, { ...record, whole: true });
    return node;
  });
}

/** The lock that a process holds while it changes an instance; beside the instance's folder, which that process may remove. */
function lockFile(name: string): string {
  checkName(name);
  return stateDir(`${name}.lock`);
}

/** Stops the instance and removes everything of it except its data. Does nothing where it was never up. */
export async function down(name: string): Promise<void> {
  if (!findInstance(name)) return;
  await withLock(lockFile(name), async () => {
    const instance = findInstance(name);
    if (instance) await stop(instance);
  });
}

/** Stops the instance and deletes its data: cluster state, images, volumes, certificates, logs. */
export async function clean(name: string): Promise<void> {
  checkName(name);
  if (!existsSync(stateDir(name))) return;
  await withLock(lockFile(name), async () => {
    const instance = findInstance(name);
    if (instance) await stop(instance);
    const dir = instance?.dir ?? stateDir(name);
    // Renamed first: where the deletion is interrupted, the instance must not start with a part of its data.
    const deleted = join(dirname(dir), `${deletedPrefix}${ownerMark()}`);
    if (existsSync(dir)) renameSync(dir, deleted);
    rmSync(deleted, { recursive: true, force: true, maxRetries: 3 });
    rmSync(lockFile(name), { force: true });
  });
}

/** The state of the instance. */
export async function status(name: string): Promise<NodeStatus> {
  const instance = findInstance(name);
  if (!instance) return { state: "absent" };
  const { dir, kubeconfig, network, nodeName } = instance;
  const record = readRecord(instance);
  if (!record) return { state: "stopped", dir };
  const api = new Api(kubeconfig);
  const state = (await api.ready()) ? "running" : "starting";
  await api.close();
  return { state, kubeconfig, context: nodeName, nodeIp: network.nodeIp, pid: record.process.pid, dir };
}

/** Imports image archives (docker-archive or OCI) into a running instance, unless it has them already. Returns the number of imported ones. */
export async function importImages(
  name: string,
  archives: readonly Archive[],
  progress: (text: string) => void = ignore,
): Promise<number> {
  const instance = findInstance(name);
  const record = instance && readRecord(instance);
  if (!record) throw new Error(`instance '${name}' is not up: start it before importing images`);
  return await importArchives(socketOf(record), archives, progress);
}

/** Starts process 1 of the node and connects it with the host; `config` is the hash of its configuration. */
async function launch(instance: Instance, bin: string, config: string): Promise<RunRecord> {
  const pid = await run(join(bin, "node-system"), ["launch", join(instance.dir, "etc", "init.json")]);
  const process = identify(Number(pid.trim()));
  if (!process) throw new Error(`the node ended at once:\n${logTail(instance, "init")}`);
  const record = { process, config, bin, whole: false };
  writeRecord(instance, record);
  await connect(instance, process.pid);
  return record;
}

/** Ends the instance's processes and removes its resources on the host, those that a crash left behind too. */
async function stop(instance: Instance): Promise<void> {
  const record = readRecord(instance);
  if (record) {
    kill(record.process.pid, "SIGTERM");
    for (let waited = 0; isAlive(record.process) && waited < 5000; waited += 10) await sleep(10);
  }
  await removeCgroups(instance);
  await disconnect(instance);
  await closeEgress(instance);
  removeRecord(instance);
}

/** The call of `up` that waits for a node. */
interface UpCall {
  nodeOptions: NodeOptions;
  /** Whether this call has started the node. */
  started: boolean;
  /** Time of the call, as `performance.now()` counts. */
  calledAt: number;
  log: (text: string) => void;
}

/** Applies the objects and images of a node that was just started, and returns once the node and DNS are ready. */
async function waitUntilReady(
  instance: Instance,
  record: RunRecord,
  { nodeOptions, started, calledAt, log }: UpCall,
): Promise<RunningNode> {
  const { network, kubeconfig, dir, nodeName } = instance;
  const api = new Api(kubeconfig);
  // Computed each time: it moves with the machine's clock, which heartbeats use.
  const since = () => (started ? new Date(Date.now() - (performance.now() - calledAt)) : undefined);
  const wait = { instance, record, deadline: performance.now() + 120_000 };
  const imported = importSystemArchives(record, wait);
  // An error is thrown where the promise is awaited.
  imported.catch(ignore);
  const times = { node: 0, dns: 0 };
  try {
    if (started) {
      await until("the API server", wait, () => api.ready());
      for (const object of manifests(instance, nodeOptions))
        await until(`${object.kind} ${object.metadata.name}`, wait, () => applied(api, object));
    }
    log("waiting for the node");
    await until("the node", wait, () => nodeReady(api, nodeName, since()));
    times.node = performance.now() - calledAt;
    await imported;
    log("waiting for DNS");
    await until("DNS", wait, () => dnsReady(api, since()));
    times.dns = performance.now() - calledAt;
  } finally {
    await api.close();
  }
  return {
    instance: instance.name,
    kubeconfig,
    context: nodeName,
    nodeIp: network.nodeIp,
    nodeName,
    podCidr: network.podCidr,
    serviceCidr: network.serviceCidr,
    dir,
    bin: record.bin,
    containerdSocket: socketOf(record),
    pid: record.process.pid,
    started,
    times,
  };
}

/** Ids of the instance's processes, read from its cgroups. */
export function processes(name: string): number[] {
  const instance = findInstance(name);
  return instance ? instanceProcesses(instance) : [];
}

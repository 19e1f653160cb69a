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
import { placesOf, writeFolder } from "./folder.ts";
import {
  checkMachine,
  connect,
  disconnect,
  hostRoutes,
  identify,
  instanceProcesses,
  isAlive,
  isFree,
  kill,
  refuseTaken,
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
import { maker } from "./unfinished.ts";

export type { Archive } from "./archive.ts";

/** Prefix of the folders of deleted instances, until they are removed. */
export const goneFolder = ".gone-";

/** Options of `up`. */
export interface UpOptions {
  /** 1 to 32 of a-z, 0-9, `-`. */
  instance: string;
  /** 0 to 31: decides every address of the instance; the lowest free one by default. Fixed once chosen. */
  subnet?: number;
  /** Pods may open connections to the internet, by masquerading through this machine; off by default. */
  egress?: boolean;
  /** Whether the cluster's state survives a power failure (etcd waits for the disk); on by default, off for throw-away clusters. */
  durable?: boolean;
  /** Called with the current step. */
  log?: (text: string) => void;
}

/** A running instance. */
export interface RunningNode {
  instance: string;
  kubeconfig: string;
  context: string;
  /** API server (port 6443) and node ports are reached here, from this machine only. */
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
  /** False where it was up already. */
  started: boolean;
  /** Milliseconds from the call until the node, and until DNS was ready. */
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

const quiet = () => {};

/**
 * Starts the instance, or finds it running, and returns once its node and DNS are ready. One that runs with other
 * settings or older programs is restarted; its data stay. The node outlives this process.
 */
export async function up(options: UpOptions): Promise<RunningNode> {
  const begun = performance.now();
  const log = options.log ?? quiet;
  const machine = await checkMachine();
  const bin = await ensureBinaries(log);
  const egress = options.egress ?? false;
  const upstreamDns = egress ? hostResolvers() : [];
  const nodeOptions: NodeOptions = { egress, durable: options.durable ?? true, upstreamDns };
  return await withLock(lockOf(options.instance), async () => {
    const instance = await withLock(stateDir(".lock"), async () => {
      const routes = await hostRoutes();
      return makeInstance(options.instance, options.subnet, (network) => isFree(network, routes));
    });
    const config = initConfig(instance, placesOf(machine, bin), nodeOptions);
    const files = configFiles(instance, { cniBin: join(instance.dir, "etc", "cni-bin") });
    const id = createHash("sha256")
      .update(JSON.stringify([config, files]))
      .digest("hex");
    const running = readRecord(instance);
    const isSame = running?.config === id;
    if (running?.whole && isSame) return await ready(instance, running, nodeOptions, false, begun, log);
    if (running) log(isSame ? "its start was cut off: restarting it" : "its settings have changed: restarting it");
    await stop(instance);
    await refuseTaken(instance);
    log("starting etcd, containerd and Kubernetes");
    await writeFolder(instance, machine, bin, config, files);
    const record = await launch(instance, bin, id);
    if (egress) await openEgress(instance);
    const node = await ready(instance, record, nodeOptions, true, begun, log);
    writeRecord(instance, { ...record, whole: true });
    return node;
  });
}

/** Lock file of a process that changes an instance; beside the instance's folder, which may be removed meanwhile. */
function lockOf(name: string): string {
  checkName(name);
  return stateDir(`${name}.lock`);
}

/** Stops the instance and removes everything of it except its data. Does nothing where it isn't up. */
export async function down(name: string): Promise<void> {
  if (!findInstance(name)) return;
  await withLock(lockOf(name), async () => {
    const instance = findInstance(name);
    if (instance) await stop(instance);
  });
}

/** Stops the instance and deletes its data: cluster state, images, volumes, certificates, logs. */
export async function clean(name: string): Promise<void> {
  checkName(name);
  if (!existsSync(stateDir(name))) return;
  await withLock(lockOf(name), async () => {
    const instance = findInstance(name);
    if (instance) await stop(instance);
    const dir = instance?.dir ?? stateDir(name);
    // Renamed in one step: a partly deleted instance would start with the rest of its data.
    const gone = join(dirname(dir), `${goneFolder}${maker()}`);
    if (existsSync(dir)) renameSync(dir, gone);
    rmSync(gone, { recursive: true, force: true, maxRetries: 3 });
    rmSync(lockOf(name), { force: true });
  });
}

/** The state of the instance; changes nothing. */
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

/** Puts image archives (docker-archive or OCI) into a running instance, each except those that it has. Returns the number of imported ones. */
export async function importImages(
  name: string,
  archives: readonly Archive[],
  progress: (text: string) => void = quiet,
): Promise<number> {
  const instance = findInstance(name);
  const record = instance && readRecord(instance);
  if (!record) throw new Error(`instance '${name}' is not up: images can be imported once it is`);
  return await importArchives(socketOf(record), archives, progress);
}

async function launch(instance: Instance, bin: string, config: string): Promise<RunRecord> {
  const answer = await run(join(bin, "node-system"), ["launch", join(instance.dir, "etc", "init.json")]);
  const id = identify(Number(answer.trim()));
  if (!id) throw new Error(`the node ended at once:\n${logTail(instance, "init")}`);
  const record = { process: id, config, bin, whole: false };
  writeRecord(instance, record);
  await connect(instance, id.pid);
  return record;
}

/** Ends the instance's processes and removes its resources on the host, whatever state a crash left them in. */
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

async function ready(
  instance: Instance,
  record: RunRecord,
  { upstreamDns }: NodeOptions,
  started: boolean,
  begun: number,
  log: (text: string) => void,
): Promise<RunningNode> {
  const { network, kubeconfig, dir, nodeName } = instance;
  const api = new Api(kubeconfig);
  // Computed each time: it moves with the machine's clock, which heartbeats use.
  const since = () => (started ? new Date(Date.now() - (performance.now() - begun)) : undefined);
  const patience = { instance, record, until: performance.now() + 120_000 };
  const imported = importSystemArchives(record, patience);
  // An error is thrown where the promise is awaited.
  imported.catch(quiet);
  const times = { node: 0, dns: 0 };
  try {
    if (started) {
      await until("the API server", patience, () => api.ready());
      for (const object of manifests(instance, upstreamDns))
        await until(`${object.kind} ${object.metadata.name}`, patience, () => applied(api, object));
    }
    log("waiting for the node");
    await until("the node", patience, () => nodeReady(api, nodeName, since()));
    times.node = performance.now() - begun;
    await imported;
    log("waiting for DNS");
    await until("DNS", patience, () => dnsReady(api, since()));
    times.dns = performance.now() - begun;
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

/** Processes of the instance, as its cgroups tell. */
export function processes(name: string): number[] {
  const instance = findInstance(name);
  return instance ? instanceProcesses(instance) : [];
}

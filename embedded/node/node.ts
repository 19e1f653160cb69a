// A Kubernetes node on this machine, without Docker: up, down, status, images. README.md says how it is arranged.
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Api, ApiError, type KubeObject } from "./api.ts";
import { type Archive, systemArchives } from "./archive.ts";
import { ensureBinaries } from "./build.ts";
import {
  certificates,
  componentUsers,
  configFiles,
  containerdSocket,
  type InitConfig,
  initConfig,
  type NodeOptions,
  serverUrl,
} from "./config.ts";
import { importArchives } from "./containerd.ts";
import { closeEgress, hostResolvers, openEgress } from "./egress.ts";
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
  type Machine,
  type ProcessId,
  refuseTaken,
  removeCgroups,
  run,
} from "./host.ts";
import { findInstance, type Instance, makeInstance } from "./instance.ts";
import { withLock } from "./lock.ts";
import { manifests } from "./manifests.ts";
import { cacheDir, stateDir } from "./paths.ts";
import { issueCertificates, writeKubeconfig } from "./pki.ts";

export type { Archive } from "./archive.ts";

/** How to bring an instance up. */
export interface UpOptions {
  /** 1 to 32 of a-z, 0-9, `-`. */
  instance: string;
  /** 0 to 31: decides every address of the instance; the lowest free one by default. Fixed once chosen. */
  subnet?: number;
  /** Pods may open connections to the internet, by masquerading through this machine; off by default. */
  egress?: boolean;
  /** Whether the cluster's state survives a power failure (etcd waits for the disk); on by default, off for throw-away clusters. */
  durable?: boolean;
  /** Takes what is being done, in a few words. */
  log?: (text: string) => void;
}

/** An instance that is up. */
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
  /** Process 1 of the node: `nsenter -t <pid> -m -n -p` looks around in it. */
  pid: number;
  /** False where it was up already. */
  started: boolean;
  /** Milliseconds from the call until the node, and until DNS was ready. */
  times: { node: number; dns: number };
}

/** What is known of an instance. */
export interface NodeStatus {
  state: "absent" | "stopped" | "starting" | "running";
  kubeconfig?: string;
  /** Name of its context there. */
  context?: string;
  nodeIp?: string;
  pid?: number;
  dir?: string;
}

/** What is written down of a running node. */
interface Record {
  process: ProcessId;
  /** Hash of all it was started with. */
  config: string;
  bin: string;
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
  mkdirSync(stateDir(), { recursive: true, mode: 0o700 });
  const instance = await withLock(stateDir(".lock"), async () => {
    const routes = await hostRoutes();
    return makeInstance(options.instance, options.subnet, (network) => isFree(network, routes));
  });
  const egress = options.egress ?? false;
  const upstreamDns = egress ? hostResolvers() : [];
  const nodeOptions: NodeOptions = { egress, durable: options.durable ?? true, upstreamDns };
  return await withLock(join(instance.dir, "lock"), async () => {
    const config = initConfig(instance, places(machine, bin), nodeOptions);
    const files = configFiles(instance, { cniBin: join(instance.dir, "etc", "cni-bin") });
    const id = createHash("sha256")
      .update(JSON.stringify([config, files]))
      .digest("hex");
    const running = readRecord(instance);
    if (running && running.config === id) return await ready(instance, running, nodeOptions, false, begun, log);
    if (running) log("its settings have changed: restarting it");
    await stop(instance);
    await refuseTaken(instance);
    log("starting etcd, containerd and Kubernetes");
    await writeFiles(instance, machine, bin, config, files);
    const record = await launch(instance, bin, id);
    if (egress) await openEgress(instance);
    return await ready(instance, record, nodeOptions, true, begun, log);
  });
}

/** Stops the instance and removes all of it from the machine but its data. Nothing happens where it isn't up. */
export async function down(name: string): Promise<void> {
  const instance = findInstance(name);
  if (instance) await withLock(join(instance.dir, "lock"), () => stop(instance));
}

/** Stops the instance and deletes its data: cluster state, images, volumes, certificates, logs. */
export async function clean(name: string): Promise<void> {
  const instance = findInstance(name);
  if (!instance) return;
  await withLock(join(instance.dir, "lock"), () => stop(instance));
  rmSync(instance.dir, { recursive: true, force: true, maxRetries: 3 });
}

/** What is known of the instance, without changing anything. */
export async function status(name: string): Promise<NodeStatus> {
  const instance = findInstance(name);
  if (!instance) return { state: "absent" };
  const { dir, kubeconfig, network, nodeName } = instance;
  const record = readRecord(instance);
  if (!record) return { state: "stopped", dir };
  const api = new Api(kubeconfig);
  const state = (await api.ready()) ? "running" : "starting";
  api.close();
  return { state, kubeconfig, context: nodeName, nodeIp: network.nodeIp, pid: record.process.pid, dir };
}

/** Puts image archives (docker-archive or OCI) into a running instance, each only when new there. Returns how many were. */
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

function places(machine: Machine, bin: string) {
  const find = (program: string) => machine.which(program) ?? program;
  return {
    bin,
    keep: [realpathSync(cacheDir("go"))],
    containerd: find("containerd"),
    ip: find("ip"),
    nft: find("nft"),
  };
}

function recordFile({ dir }: Instance): string {
  return join(dir, "running.json");
}

/** The record of a node that still runs; one of a process that is gone counts for nothing. */
function readRecord(instance: Instance): Record | undefined {
  const file = recordFile(instance);
  if (!existsSync(file)) return undefined;
  const record = parse(readFileSync(file, "utf8"));
  return record && isAlive(record.process) ? record : undefined;
}

/** A file that a power failure left empty or cut is no record: the process it told of is gone as well. */
function parse(text: string): Record | undefined {
  try {
    return JSON.parse(text) as Record;
  } catch {
    return undefined;
  }
}

function socketOf({ process: { pid } }: Record): string {
  return `/proc/${pid}/root${containerdSocket}`;
}

async function writeFiles(
  instance: Instance,
  machine: Machine,
  bin: string,
  config: InitConfig,
  files: { [name: string]: string },
): Promise<void> {
  const { dir } = instance;
  const etc = join(dir, "etc");
  rmSync(etc, { recursive: true, force: true });
  for (const name of ["etc/cni-bin", "etc/certs.d", "log/pods", "kubelet", "containerd", "volumes"])
    mkdirSync(join(dir, name), { recursive: true });
  // One run's logs, and the run's before: enough to see why the last one ended.
  for (const log of globSync("*.log", { cwd: join(dir, "log") }))
    renameSync(join(dir, "log", log), join(dir, "log", `${log}.1`));
  mkdirSync(join(dir, "etcd"), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(etc, name)), { recursive: true });
    writeFileSync(join(etc, name), text);
  }
  writeFileSync(join(etc, "init.json"), JSON.stringify(config, null, 2));
  for (const plugin of ["ptp", "host-local", "portmap", "loopback"])
    symlinkSync(join(machine.cniDir ?? "", plugin), join(etc, "cni-bin", plugin));
  symlinkSync(join(bin, "policy-gate"), join(etc, "cni-bin", "policy-gate"));
  const pki = join(dir, "pki");
  await issueCertificates(bin, { dir: pki, keys: ["sa"], certificates: certificates(instance) });
  const server = serverUrl(instance);
  for (const user of componentUsers)
    writeKubeconfig(join(etc, `${user}.kubeconfig`), { name: instance.nodeName, server, dir: pki, user });
  writeKubeconfig(instance.kubeconfig, { name: instance.nodeName, server, dir: pki, user: "admin" });
}

async function launch(instance: Instance, bin: string, config: string): Promise<Record> {
  const answer = await run(join(bin, "node-system"), ["launch", join(instance.dir, "etc", "init.json")]);
  const id = identify(Number(answer.trim()));
  if (!id) throw new Error(`the node ended at once:\n${logTail(instance, "init")}`);
  const record = { process: id, config, bin };
  const file = recordFile(instance);
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
  await connect(instance, id.pid);
  return record;
}

/** Ends what runs of the instance and removes its traces, whatever state an earlier run or a crash left them in. */
async function stop(instance: Instance): Promise<void> {
  const record = readRecord(instance);
  if (record) {
    kill(record.process.pid, "SIGTERM");
    for (let waited = 0; isAlive(record.process) && waited < 5000; waited += 10) await sleep(10);
  }
  await removeCgroups(instance);
  await disconnect(instance);
  await closeEgress(instance);
  rmSync(recordFile(instance), { force: true });
}

async function ready(
  instance: Instance,
  record: Record,
  { upstreamDns }: NodeOptions,
  started: boolean,
  begun: number,
  log: (text: string) => void,
): Promise<RunningNode> {
  const { network, kubeconfig, dir, nodeName } = instance;
  const api = new Api(kubeconfig);
  const since = new Date(Date.now() - (performance.now() - begun));
  const patience = { instance, record, until: Date.now() + 120_000 };
  const imported = importArchivesOnce(record, patience);
  // What goes wrong there is thrown where it is awaited.
  imported.catch(quiet);
  const times = { node: 0, dns: 0 };
  try {
    if (started) {
      await until("the API server", patience, () => api.ready());
      for (const object of manifests(instance, upstreamDns))
        await until(`${object.kind} ${object.metadata.name}`, patience, () => applied(api, object));
    }
    log("waiting for the node");
    await until("the node", patience, () => nodeReady(api, nodeName, started ? since : undefined));
    times.node = performance.now() - begun;
    await imported;
    log("waiting for DNS");
    await until("DNS", patience, () => dnsReady(api, started ? since : undefined));
    times.dns = performance.now() - begun;
  } finally {
    api.close();
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

interface Patience {
  instance: Instance;
  record: Record;
  until: number;
}

async function importArchivesOnce(record: Record, patience: Patience): Promise<void> {
  const socket = socketOf(record);
  await until("containerd", patience, async () => {
    try {
      await run("ctr", ["--address", socket, "version"]);
      return true;
    } catch {
      return false;
    }
  });
  await importArchives(socket, systemArchives(record.bin));
}

/** Waits for a condition, for as long as the node lives and patience lasts; else throws with the log that says why. */
async function until(
  what: string,
  { instance, record, until: end }: Patience,
  holds: () => Promise<boolean>,
): Promise<void> {
  let last: unknown;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      // A request that is wrong stays wrong; one that comes too early does not.
      if (error instanceof ApiError && [400, 422, 500].includes(error.status)) throw error;
      last = error;
    }
    if (!isAlive(record.process))
      throw new Error(`the node ended while waiting for ${what}:\n${logTail(instance, "init")}`);
    if (Date.now() > end)
      throw new Error(
        `${what} did not become ready in time${last ? ` (${(last as Error).message})` : ""}; logs are in ${join(instance.dir, "log")}:\n${logTail(instance, "init")}`,
      );
    await sleep(25);
  }
}

function logTail({ dir }: Instance, name: string): string {
  const file = join(dir, "log", `${name}.log`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-12).join("\n") : "";
}

async function applied(api: Api, object: KubeObject): Promise<boolean> {
  await api.apply(object);
  return true;
}

interface Conditioned extends KubeObject {
  status?: { conditions?: { type: string; status: string; lastHeartbeatTime?: string }[] };
}

/** A ready that an earlier run left behind does not count: the heartbeat must be one of this run. */
async function nodeReady(api: Api, name: string, since: Date | undefined): Promise<boolean> {
  const node = await api.get<Conditioned>(`/api/v1/nodes/${name}`);
  const condition = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (condition?.status !== "True") return false;
  return !since || Date.parse(condition.lastHeartbeatTime ?? "") >= Math.floor(since.getTime() / 1000) * 1000;
}

interface Pods {
  items: (Conditioned & {
    status?: { containerStatuses?: { ready: boolean; state?: { running?: { startedAt: string } } }[] };
  })[];
}

async function dnsReady(api: Api, since: Date | undefined): Promise<boolean> {
  const pods = await api.get<Pods>("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns");
  return pods.items.some(({ status }) =>
    status?.containerStatuses?.some(({ ready, state }) => {
      const startedAt = Date.parse(state?.running?.startedAt ?? "");
      return ready && (!since || startedAt >= Math.floor(since.getTime() / 1000) * 1000);
    }),
  );
}

/** Processes of the instance, as its cgroups tell. */
export function processes(name: string): number[] {
  const instance = findInstance(name);
  return instance ? instanceProcesses(instance) : [];
}

// Names, folders and addresses of an instance, all derived from its name and its index.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { stateDir } from "./paths.ts";
import { replaceFile } from "./replace-file.ts";

/** The number of instances that one machine can have. */
export const maxInstances = 32;

/** Addresses of an instance; those of two indices never overlap. */
export interface Network {
  index: number;
  /** The host's address on the link: the only address of the host that the node knows. */
  hostIp: string;
  /** The node's address: API server and node ports are reached here. */
  nodeIp: string;
  /** Prefix length of the link's network. */
  linkPrefix: number;
  podCidr: string;
  serviceCidr: string;
  /** Service addresses of the API server and of DNS, which are so low that Kubernetes does not allocate them by itself. */
  apiServiceIp: string;
  dnsIp: string;
  /** Service address that is reserved for a registry in the cluster. */
  registryIp: string;
  /** Service address that is kept for the resolver of tenants, which pods know by it. */
  resolverIp: string;
  /** Service address that is reserved for Prometheus. */
  prometheusIp: string;
  /** Port of the host's loopback that leads there. */
  metricsPort: number;
  /** Service address that is reserved for Jaeger, and the port of the host's loopback that leads there. */
  jaegerIp: string;
  tracesPort: number;
  /** Service address that is reserved for the console, and the port of the host's loopback that leads there. */
  consoleIp: string;
  consolePort: number;
}

/** An instance: its network, and names and paths that are derived from its own name. */
export interface Instance {
  name: string;
  /** Name of the node object, its host name, the context in its kubeconfig. */
  nodeName: string;
  /** Folder of all its state. */
  dir: string;
  /** Name of its cgroup in the root of each hierarchy. */
  cgroup: string;
  /** Name of the host's end of the link between host and node. */
  hostLink: string;
  /** Name of its nftables table on the host, which it has with egress only. */
  hostTable: string;
  kubeconfig: string;
  network: Network;
}

/** Where the console answers on this machine, by the port that `networkOf` has for it. */
export const consoleAt = (port: number): string => `https://127.0.0.1:${port}`;

/** The addresses of an index from 0 to 31; those of 0 are the ones of most clusters. */
export function networkOf(index: number): Network {
  if (!Number.isInteger(index) || index < 0 || index >= maxInstances)
    throw new Error(`subnet ${index} is not possible: give a whole number from 0 to ${maxInstances - 1}`);
  return {
    index,
    hostIp: `10.250.${index}.1`,
    nodeIp: `10.250.${index}.2`,
    linkPrefix: 30,
    podCidr: `10.${244 - index}.0.0/16`,
    serviceCidr: `10.${96 + index}.0.0/16`,
    apiServiceIp: `10.${96 + index}.0.1`,
    dnsIp: `10.${96 + index}.0.10`,
    registryIp: `10.${96 + index}.0.20`,
    resolverIp: `10.${96 + index}.0.21`,
    prometheusIp: `10.${96 + index}.0.22`,
    metricsPort: 19_090 + index,
    jaegerIp: `10.${96 + index}.0.23`,
    tracesPort: 16_686 + index,
    consoleIp: `10.${96 + index}.0.24`,
    consolePort: 18_443 + index,
  };
}

/** Throws where a name can't be a folder, a host name and a cgroup. */
export function checkName(name: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name))
    throw new Error(
      `instance '${name}' is not a valid name: use 1 to 32 characters of a-z, 0-9 and '-', with no '-' at either end`,
    );
}

/** Prefix of the names of all instances' links on the host; the kernel allows names of 15 characters. */
export const hostLinkPrefix = "ag";

/** The range of all instances' node addresses. */
export const nodeAddresses = "10.250.0.0/19";

/** Content of the file that records an instance. */
interface InstanceRecord {
  index: number;
}

const recordFile = "instance.json";

/** The instance of a name, or undefined where it was never up. */
export function findInstance(name: string): Instance | undefined {
  checkName(name);
  const record = readRecord(name);
  return record && describe(name, record.index);
}

/**
 * The instance of a name. A new one gets the requested index, or the lowest that no other instance has; `isFree` says whether the
 * host does not use a network's addresses for something else.
 */
export function makeInstance(
  name: string,
  requestedIndex: number | undefined,
  isFree: (network: Network) => boolean,
): Instance {
  checkName(name);
  const record = readRecord(name);
  if (record && (requestedIndex === undefined || requestedIndex === record.index)) return describe(name, record.index);
  if (record)
    throw new Error(
      `instance '${name}' has subnet ${record.index}, which its certificates and services depend on: leave the subnet out, or clean the instance first`,
    );
  const others = new Map(listInstances().map((other) => [readRecord(other)?.index, other]));
  if (requestedIndex !== undefined && others.has(requestedIndex))
    throw new Error(
      `subnet ${requestedIndex} belongs to instance '${others.get(requestedIndex)}': choose another, or leave it out`,
    );
  const candidates =
    requestedIndex === undefined ? Array.from({ length: maxInstances }, (_, index) => index) : [requestedIndex];
  const index = candidates.find((candidate) => !others.has(candidate) && isFree(networkOf(candidate)));
  if (index === undefined)
    throw new Error(
      requestedIndex === undefined
        ? `none of the ${maxInstances} subnets is free: each belongs to an instance or overlaps a route of this machine ('ip route')`
        : `subnet ${requestedIndex} overlaps a route of this machine ('ip route'): choose another, or leave it out`,
    );
  mkdirSync(stateDir(name), { recursive: true, mode: 0o700 });
  const file = stateDir(name, recordFile);
  // Flushed: a power failure must not leave data of which the addresses are unknown.
  replaceFile(file, JSON.stringify({ index } satisfies InstanceRecord), { flush: true });
  return describe(name, index);
}

/** Names of the instances that have state on this machine. */
export function listInstances(): string[] {
  if (!existsSync(stateDir())) return [];
  return readdirSync(stateDir()).filter((name) => existsSync(stateDir(name, recordFile)));
}

function readRecord(name: string): InstanceRecord | undefined {
  const file = stateDir(name, recordFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as InstanceRecord) : undefined;
}

function describe(name: string, index: number): Instance {
  // The real path: the node hides some folders of the host, and a symbolic link in one of them would not resolve.
  const dir = realpathSync(stateDir(name));
  const nodeName = `agentic-${name}`;
  // Instances of the same name in different state folders must not share cgroup, link and table.
  const dirHash = createHash("sha256").update(dir).digest("hex").slice(0, 8);
  return {
    name,
    nodeName,
    dir,
    cgroup: `${nodeName}-${dirHash}`,
    hostLink: `${hostLinkPrefix}${index}-${dirHash}`,
    hostTable: `agentic_${index}_${dirHash}`,
    kubeconfig: join(dir, "kubeconfig"),
    network: networkOf(index),
  };
}

// Names, folders and addresses of an instance, all derived from its name and its index.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { stateDir } from "./paths.ts";
import { replaceFile } from "./replace-file.ts";

/** How many instances one machine can hold side by side. */
export const maxInstances = 32;

/** Addresses of an instance. No two indices overlap. */
export interface Network {
  index: number;
  /** The host's address on the link: the one address of the host that the node knows. */
  hostIp: string;
  /** The node's address: API server and node ports are reached here. */
  nodeIp: string;
  /** Prefix length of the link's network. */
  linkPrefix: number;
  podCidr: string;
  serviceCidr: string;
  /** Service addresses of the API server and of DNS; the cluster hands such low ones out to nobody by itself. */
  apiServiceIp: string;
  dnsIp: string;
  /** Service address that is kept for a registry in the cluster. */
  registryIp: string;
}

/** An instance: constants derived from its name, and its network. */
export interface Instance {
  name: string;
  /** Name of the node object, its host name, the context in its kubeconfig. */
  nodeName: string;
  /** Folder of all its state. */
  dir: string;
  /** Its cgroup, in the root of each hierarchy. */
  cgroup: string;
  /** Link between host and node, the host's end. */
  hostLink: string;
  /** nftables table of the host, where it has one. */
  hostTable: string;
  kubeconfig: string;
  network: Network;
}

/** The addresses of index 0 to 31; 0 has what most clusters have. */
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
  };
}

/** Checks a name: it becomes a folder, a host name, a cgroup. */
export function checkName(name: string): void {
  if (!/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/.test(name))
    throw new Error(`instance '${name}' is not a usable name: use 1 to 32 of a-z, 0-9 and -, not at either end`);
}

/** What the names of all instances' links on the host begin with; the kernel takes 15 characters. */
export const hostLinkPrefix = "ag";

/** The range of all instances' node addresses. */
export const nodeAddresses = "10.250.0.0/19";

interface Saved {
  index: number;
}

const savedFile = "instance.json";

/** The instance of a name, or undefined where it was never up. */
export function findInstance(name: string): Instance | undefined {
  checkName(name);
  const saved = readSaved(name);
  return saved && describe(name, saved.index);
}

/**
 * The instance of a name, made where it is new: with the requested index, or with the lowest that no other instance has
 * and for which `free` says yes (the host may use the addresses for something else).
 */
export function makeInstance(
  name: string,
  requestedIndex: number | undefined,
  free: (network: Network) => boolean,
): Instance {
  checkName(name);
  const saved = readSaved(name);
  if (saved && (requestedIndex === undefined || requestedIndex === saved.index)) return describe(name, saved.index);
  if (saved)
    throw new Error(
      `instance '${name}' has subnet ${saved.index}, and its certificates and services with it: leave the subnet out, or clean the instance first`,
    );
  const others = new Map(listInstances().map((other) => [readSaved(other)?.index, other]));
  if (requestedIndex !== undefined && others.has(requestedIndex))
    throw new Error(
      `subnet ${requestedIndex} belongs to instance '${others.get(requestedIndex)}': choose another, or none`,
    );
  const candidates =
    requestedIndex === undefined ? Array.from({ length: maxInstances }, (_, index) => index) : [requestedIndex];
  const index = candidates.find((candidate) => !others.has(candidate) && free(networkOf(candidate)));
  if (index === undefined)
    throw new Error(
      requestedIndex === undefined
        ? `none of the ${maxInstances} subnets is free: each is an instance's or overlaps a route of this machine ('ip route')`
        : `subnet ${requestedIndex} overlaps a route of this machine ('ip route'): choose another, or none`,
    );
  mkdirSync(stateDir(name), { recursive: true, mode: 0o700 });
  const file = stateDir(name, savedFile);
  // Flushed: after a power failure the data would be there without the addresses that they hold.
  replaceFile(file, JSON.stringify({ index } satisfies Saved), { flush: true });
  return describe(name, index);
}

/** Names of the instances that have state on this machine. */
export function listInstances(): string[] {
  if (!existsSync(stateDir())) return [];
  return readdirSync(stateDir()).filter((name) => existsSync(stateDir(name, savedFile)));
}

function readSaved(name: string): Saved | undefined {
  const file = stateDir(name, savedFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Saved) : undefined;
}

function describe(name: string, index: number): Instance {
  // The real path: the node sees its folder through mounts that follow no symbolic links.
  const dir = realpathSync(stateDir(name));
  const nodeName = `agentic-${name}`;
  // An instance of the same name under another state folder is another one: what either has on the machine is its own.
  const own = createHash("sha256").update(dir).digest("hex").slice(0, 8);
  return {
    name,
    nodeName,
    dir,
    cgroup: `${nodeName}-${own}`,
    hostLink: `${hostLinkPrefix}${index}-${own}`,
    hostTable: `agentic_${index}_${own}`,
    kubeconfig: join(dir, "kubeconfig"),
    network: networkOf(index),
  };
}

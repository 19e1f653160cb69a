// Types and constants that the parts of a node share: its options, sockets and addresses, and the configuration of process 1.
import type { Instance } from "./instance.ts";

/** Options of a node. */
export interface NodeOptions {
  /** Pods may open connections to the internet through the host; off by default. */
  egress: boolean;
  /** Whether etcd waits for the disk at each write; only a throw-away cluster goes without. */
  durable: boolean;
  /** External resolvers for DNS; none without egress. */
  upstreamDns: readonly string[];
}

/** The same in every instance: kubelet, CRI and image archives agree on it. */
export const images = {
  pause: "registry.k8s.io/pause:3.10.2",
  coredns: "registry.k8s.io/coredns/coredns:v1.15.0",
} as const;

/** The node's end of its link to the host. */
export const nodeLink = "eth0";

/** Sockets that more than one component speaks of; in the node's own /run. */
export const containerdSocket = "/run/containerd/containerd.sock";
export const policySocket = "/run/netpol/socket";

/** A program that process 1 of the node keeps running (system/supervise). */
export interface Component {
  name: string;
  argv: string[];
  env?: string[];
  after?: ({ unix: string } | { url: string; ca: string })[];
}

/** Configuration of process 1 of the node (system/launch). */
export interface InitConfig {
  hostname: string;
  cgroup: string;
  logDir: string;
  hide: string[];
  keep: string[];
  dirs: string[];
  link: string;
  sysctls: Record<string, string>;
  setup: { argv: string[]; stdin?: string }[];
  components: Component[];
}

/** Folders of a node: its programs, and what of the host it must see besides its own folder. */
export interface Places {
  bin: string;
  keep: string[];
  /** Full paths of Debian's programs. */
  containerd: string;
  ip: string;
  nft: string;
}

/** What the API server is reached at, from the host and in the node. */
export function serverUrl({ network }: Instance): string {
  return `https://${network.nodeIp}:6443`;
}

// Types and constants that the parts of a node share: its options, sockets and addresses, and the configuration of process 1.
import type { Instance } from "./instance.ts";

/** Options of a node. */
export interface NodeOptions {
  /** Whether pods may open connections to the internet through the host. */
  egress: boolean;
  /** Whether etcd flushes each write to the disk; only a throw-away cluster can go without. */
  durable: boolean;
  /** Whether there is a RuntimeClass for pods in gVisor. */
  sandbox: boolean;
  /** Addresses of the resolvers that CoreDNS forwards to; empty without egress. */
  upstreamDns: readonly string[];
}

/** Images of the node's own pods, on which kubelet, CRI and image archives must agree. */
export const images = {
  pause: "registry.k8s.io/pause:3.10.2",
  coredns: "registry.k8s.io/coredns/coredns:v1.15.0",
} as const;

/** Name of the RuntimeClass of gVisor, as GKE has it. */
export const sandboxClass = "gvisor";

/** containerd's name of gVisor's runtime, which a RuntimeClass refers to. */
export const sandboxHandler = "runsc";

/** The node's end of its link to the host. */
export const nodeLink = "eth0";

/** Sockets that several components use; in the node's own /run. */
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
  /** Ports of the host that lead to services of the node (system/forward). */
  forwards: { listen: string; to: string }[];
}

/** Paths on the host that a node uses. */
export interface HostPaths {
  /** Folder of the node's programs. */
  bin: string;
  /** Folders that the node sees in addition to its own. */
  keep: string[];
  /** Full paths of Debian's programs. */
  containerd: string;
  ip: string;
  nft: string;
}

/** The API server's URL, from the host and in the node. */
export function serverUrl({ network }: Instance): string {
  return `https://${network.nodeIp}:6443`;
}

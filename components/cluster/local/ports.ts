// The ports of this machine that lead into a local cluster.

/** A port of this machine, the port of the cluster's node that it leads to, and the Service behind that one. */
export interface PortMapping {
  /** Port of this machine, on loopback. */
  host: number;
  /** Port of the node (a NodePort, 30000–32767). */
  node: number;
}

/** What can be reached, with its usual port and its fixed port of the node. */
export const localPorts = {
  argo: { host: 2746, node: 32746, about: "Argo's pages" },
  minio: { host: 9001, node: 31901, about: "MinIO's console" },
  webhook: { host: 12000, node: 31200, about: "The webhook for events" },
} as const satisfies Record<string, PortMapping & { about: string }>;

export type LocalPort = keyof typeof localPorts;

// The address ranges of the platform's network, and the names that the cluster asks for them by.

/** Ranges of the network; none may overlap another. */
export interface Ranges {
  nodes: string;
  pods: string;
  services: string;
  /** Internal addresses of the API server, /28 or larger. */
  controlPlane: string;
  /** Addresses of Google's managed services, such as the database, /24 or larger. */
  managedServices: string;
}

export const defaultRanges: Ranges = {
  nodes: "10.0.0.0/20",
  pods: "10.64.0.0/14",
  services: "10.32.0.0/20",
  controlPlane: "10.0.16.0/28",
  managedServices: "10.0.32.0/20",
};

/** Names of the subnet's secondary ranges, as the cluster asks for them. */
export const secondaryRanges = { pods: "pods", services: "services" } as const;

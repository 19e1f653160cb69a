// Addresses of Google's own services that firewalls and NetworkPolicies name.

/** Private access to Google's APIs: `restricted` serves only the APIs that VPC Service Controls support. */
export type GoogleApisWay = "private" | "restricted";

/** The addresses of each way (cloud.google.com/vpc/docs/configure-private-google-access). */
export const googleApisCidr: Record<GoogleApisWay, string> = {
  private: "199.36.153.8/30",
  restricted: "199.36.153.4/30",
};

/** Zones of Google's APIs and of the metadata server. Google alone answers for them, so that they carry nothing to anybody else. */
export const googleZones = ["googleapis.com", "google.internal"];

/** Addresses from which Google's load balancers send requests and health checks. */
export const loadBalancers = ["35.191.0.0/16", "130.211.0.0/22"];

/**
 * Egress rules to GKE's metadata server, which hands out the tokens of Workload Identity: port 80 with Dataplane V2, 988 on the
 * node itself (cloud.google.com/kubernetes-engine/docs/how-to/network-policy).
 */
export const metadataServer = [
  { to: [{ ipBlock: { cidr: "169.254.169.254/32" } }], ports: [{ protocol: "TCP", port: 80 }] },
  { to: [{ ipBlock: { cidr: "169.254.169.252/32" } }], ports: [{ protocol: "TCP", port: 988 }] },
];

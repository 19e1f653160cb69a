// How to reach a GKE cluster: an address and a program that asks Google for a short-lived token. No key, no certificate.

/** Fields of the cluster that say where its API server is. */
export interface ClusterAddress {
  name: string;
  /** Name of the DNS endpoint, where the cluster has one. */
  dnsEndpoint?: string;
  /** Address of the API server, otherwise. */
  endpoint?: string;
  /** Base64 of the PEM of its authority; the DNS endpoint's certificate is a public one. */
  certificateAuthority?: string;
}

/**
 * A kubeconfig as JSON, which every client reads as YAML. It asks `gke-gcloud-auth-plugin` for tokens, so that the reader's
 * own Google account counts. Throws where the cluster says no address.
 */
export function kubeconfigOf({ name, dnsEndpoint, endpoint, certificateAuthority }: ClusterAddress): string {
  if (!dnsEndpoint && !endpoint) throw new Error(`the cluster ${name} doesn't say where its API server is`);
  const server = `https://${dnsEndpoint || endpoint}`;
  const authority = !dnsEndpoint && certificateAuthority ? { "certificate-authority-data": certificateAuthority } : {};
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server, ...authority } }],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "gke-gcloud-auth-plugin",
            installHint: "Install it with: gcloud components install gke-gcloud-auth-plugin",
            provideClusterInfo: true,
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}

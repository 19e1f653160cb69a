// Versions for local clusters: those of what is started are pinned, tools that must be installed have a minimum.

/** Kubernetes in Docker: its node is built for one release of kind, and pinned by what that release's notes say. */
export const KIND_NODE_IMAGE =
  "docker.io/kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed";

/** The release of k3s: the same Kubernetes everywhere. */
export const K3S_VERSION = "v1.36.4+k3s1";

/** k3s as an image, for k3d. */
export const K3S_IMAGE =
  "docker.io/rancher/k3s:v1.36.4-k3s1@sha256:edad48e12bf81c3a09ac1c05c0c0ffaaa22145980b989d6fae84543a76b83657";

/**
 * Least versions, and where newer ones are.
 *
 * kind: from 0.24 on its own network (kindnet) enforces NetworkPolicies, so no other one has to be installed before the first
 * pod runs. 0.33 is the release that the pinned node is built for.
 * Docker: `COPY --exclude` in our Dockerfiles needs BuildKit, which is its builder from 23 on.
 */
export const leastVersions = {
  docker: { least: "23.0.0", from: "https://docs.docker.com/engine/install" },
  kind: {
    least: "0.33.0",
    leastWithOwnNode: "0.24.0",
    from: "https://kind.sigs.k8s.io/docs/user/quick-start#installation",
  },
  k3d: { least: "5.6.0", from: "https://k3d.io/stable#installation" },
} as const satisfies Record<string, { least: string; leastWithOwnNode?: string; from: string }>;

export type Tool = keyof typeof leastVersions;

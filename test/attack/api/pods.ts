// Attacks of somebody who may create pods in tenants' namespaces, and of whoever pushes images that they name.
import { type Case, DRY_RUN, PODS, pod } from "./case.ts";

const podSecurity = "Pod Security";

/** A pod's spec by the image that tenants may run. */
type Spec = object | ((image: string) => object);

function podCase(attack: string, by: string, says: Case["says"], spec: Spec): Case {
  return {
    attack: `a pod ${attack}`,
    by,
    says,
    attempt: ({ team, agentsImage }) =>
      team.create(PODS + DRY_RUN, pod(agentsImage, { spec: typeof spec === "function" ? spec(agentsImage) : spec })),
    twin: ({ team, agentsImage }) => team.create(PODS + DRY_RUN, pod(agentsImage)),
  };
}

const container = (image: string, more: object = {}) => ({ ...pod(image).spec.containers[0], ...more });
const podWith = (more: object) => (image: string) => ({ containers: [container(image, more)] });
const volume = (of: object) => ({ volumes: [{ name: "files", ...of }] });

export const podCases: Case[] = [
  podCase(
    "with a folder of the node",
    podSecurity,
    /violates PodSecurity.*hostPath/,
    volume({ hostPath: { path: "/" } }),
  ),
  podCase(
    "with a volume of a server of its own",
    podSecurity,
    /violates PodSecurity.*nfs/,
    volume({ nfs: { path: "/", server: "x" } }),
  ),
  podCase("on the node's network", podSecurity, /violates PodSecurity.*host namespaces/, { hostNetwork: true }),
  podCase("among the node's processes", podSecurity, /violates PodSecurity.*host namespaces/, { hostPID: true }),
  podCase("with the node's shared memory", podSecurity, /violates PodSecurity.*host namespaces/, { hostIPC: true }),
  podCase(
    "with privileges",
    podSecurity,
    /violates PodSecurity|disallowed by cluster policy/,
    podWith({ securityContext: { privileged: true } }),
  ),
  podCase(
    "with a capability",
    podSecurity,
    /violates PodSecurity.*unrestricted capabilities/,
    podWith({
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } },
    }),
  ),
  podCase("as root", podSecurity, /violates PodSecurity.*runAsUser=0/, {
    securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
  }),
  podCase("without seccomp", podSecurity, /violates PodSecurity.*seccompProfile/, {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "Unconfined" } },
  }),
  podCase(
    "with a port of the node",
    podSecurity,
    /violates PodSecurity.*hostPort/,
    podWith({ ports: [{ containerPort: 80, hostPort: 80 }] }),
  ),
  podCase(
    "with its own /proc",
    podSecurity,
    /violates PodSecurity|procMount|hostUsers/,
    podWith({
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, procMount: "Unmasked" },
    }),
  ),
  podCase("with a kernel setting", podSecurity, /violates PodSecurity.*sysctls/, {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: "RuntimeDefault" },
      sysctls: [{ name: "kernel.msgmax", value: "1" }],
    },
  }),
  podCase("before all others", "the quota of priorities", "exceeded quota: priorities", {
    priorityClassName: "system-node-critical",
  }),
  podCase("as an account of the platform", "the API server", 'serviceaccount "agentic-operator" not found', {
    serviceAccountName: "agentic-operator",
  }),
  podCase(
    "that mounts an image",
    "the admission policy image-volumes.agentic.io",
    "spec.volumes: files would mount an image, which no image policy judges",
    volume({ image: { reference: "busybox" } }),
  ),
];

const debug = (image: string) => ({
  spec: { ephemeralContainers: [{ ...container(image, { resources: undefined }), name: "debug" }] },
});
const STRATEGIC = { contentType: "application/strategic-merge-patch+json" };

/** Makes a pod, and does something with it before it is deleted. */
const withPod =
  (act: (path: string, accounts: Parameters<Case["attempt"]>[0]) => Promise<unknown>): Case["attempt"] =>
  async (accounts) => {
    const { metadata } = await accounts.admin.create<{ metadata: { name: string } }>(PODS, pod(accounts.agentsImage));
    const path = `${PODS}/${metadata.name}`;
    try {
      return await act(path, accounts);
    } finally {
      await accounts.admin.delete(path, { gracePeriodSeconds: 0 });
    }
  };

/** With the list of images that tenants may run. */
export const imageCases: Case[] = [
  ...["containers", "initContainers"].map(
    (field): Case => ({
      attack: `a pod with another image in ${field}`,
      by: "the admission policy images.agentic.io",
      says: /spec\.(containers|initContainers): busybox may not run in a tenant's namespace: allowed are/,
      attempt: ({ team, agentsImage }) =>
        team.create(PODS + DRY_RUN, pod(agentsImage, { spec: { [field]: [container("busybox", { name: "other" })] } })),
      twin: ({ team, agentsImage }) =>
        team.create(
          PODS + DRY_RUN,
          pod(agentsImage, { spec: { [field]: [container(agentsImage, { name: "other" })] } }),
        ),
    }),
  ),
  {
    attack: "the allowed image under another tag",
    by: "the admission policy images.agentic.io",
    says: "may not run in a tenant's namespace: allowed are",
    attempt: ({ team, agentsImage }) => team.create(PODS + DRY_RUN, pod(agentsImage.replace(/[:@][^:@/]*$/, ":moved"))),
    twin: ({ team, agentsImage }) => team.create(PODS + DRY_RUN, pod(agentsImage)),
  },
  {
    attack: "another image put into a pod that runs, to debug it",
    by: "the admission policy images.agentic.io",
    says: "spec.ephemeralContainers: busybox may not run",
    attempt: withPod((path, { team }) => team.patch(`${path}/ephemeralcontainers`, debug("busybox"))),
    twin: withPod((path, { team, agentsImage }) => team.patch(`${path}/ephemeralcontainers`, debug(agentsImage))),
  },
  {
    attack: "another image in the place of one that runs",
    by: "the admission policy images.agentic.io",
    says: "spec.containers: busybox may not run",
    attempt: withPod((path, { team }) =>
      team.patch(path, { spec: { containers: [{ name: "main", image: "busybox" }] } }, STRATEGIC),
    ),
    twin: withPod((path, { team }) => team.patch(path, { metadata: { labels: { "team.example/stage": "test" } } })),
  },
];

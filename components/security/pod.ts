// What every pod of the platform has in common: the settings that Pod Security `restricted` asks for, and more.
import type { core } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";

/** The pod's security context: one fixed user, not root, who owns the volumes; the runtime's own seccomp profile. */
export function restrictedPod(uid: number) {
  return {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    // Kubernetes doesn't change the owner of each file again where the volume already has the right one.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** A container's security context: no privileges to gain, and nothing to write to but its volumes. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** What a hardened pod differs in from others. */
export interface HardenedPodArgs {
  /** User and group that all its containers run as. */
  uid: number;
  /** Its ServiceAccount, whose token it gets. Default: no token. */
  account?: pulumi.Input<string>;
  /** Seconds between SIGTERM and SIGKILL. Default: Kubernetes' 30. */
  gracePeriodSeconds?: number;
}

/** Fields of every pod spec: no token unless an account is named, no environment variables of Services, one user. */
export function hardenedPod({ uid, account, gracePeriodSeconds }: HardenedPodArgs) {
  return {
    ...(account === undefined ? {} : { serviceAccountName: account }),
    automountServiceAccountToken: account !== undefined,
    enableServiceLinks: false,
    ...(gracePeriodSeconds === undefined ? {} : { terminationGracePeriodSeconds: gracePeriodSeconds }),
    securityContext: restrictedPod(uid),
  };
}

/** A container with the fields that all share: the pull policy and the security context. */
export function hardenedContainer(container: core.v1.Container): core.v1.Container {
  const { name, image, resources, startupProbe, readinessProbe, livenessProbe, volumeMounts, ...program } = container;
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    ...program,
    resources,
    securityContext: restrictedContainer,
    ...{ startupProbe, readinessProbe, livenessProbe },
    volumeMounts,
  };
}

/** How the kubelet asks a container: an HTTP request, or a connection. */
type Handler = Pick<core.v1.Probe, "httpGet" | "tcpSocket">;

/**
 * The probes of a container that has so many seconds to start. It is ready where `ready` answers, which is asked each 5 s, and is
 * started again where `live` (default the same) fails four times, 15 s apart.
 */
export function probes(ready: Handler, { startSeconds, live = ready }: { startSeconds: number; live?: Handler }) {
  return {
    startupProbe: { ...ready, periodSeconds: 1, failureThreshold: startSeconds },
    readinessProbe: { ...ready, periodSeconds: 5 },
    livenessProbe: { ...live, periodSeconds: 15, failureThreshold: 4 },
  };
}

/** What a container is promised and what it may take at most. CPU in cores (`50m`), memory in bytes (`128Mi`). */
export interface Resources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

/** Files of secrets are for the container's group only. */
export const secretMode = 0o440;

/** A volume with the files of a Secret. */
export const secretVolume = (name: string, secretName: pulumi.Input<string>) => ({
  name,
  secret: { secretName, defaultMode: secretMode },
});

/** A writable folder that ends with the pod, of `sizeLimit` bytes (`64Mi`) at most, and its mount at /tmp. */
export const tmpVolume = (sizeLimit: string) => ({ name: "tmp", emptyDir: { sizeLimit } });
export const tmpMount = { name: "tmp", mountPath: "/tmp" };

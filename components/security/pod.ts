// What every container of the platform has in common: the settings that Pod Security `restricted` asks for, and more.

/** The pod's security context: one fixed user, not root, who owns the volumes; the runtime's own seccomp profile. */
export function restrictedPod(uid: number) {
  return {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    // Volumes that already belong to the group aren't walked through at each start.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** A container's security context: no way to more rights, nothing to write to but its volumes. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

/** What a container is promised and what it may take at most. CPU in cores (`50m`), memory in bytes (`128Mi`). */
export interface Resources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

/** Files of secrets are for the container's group only. */
export const secretMode = 0o440;

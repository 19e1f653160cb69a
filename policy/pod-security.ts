// Which policies cover Pod Security: each check that Kubernetes makes of a pod in a namespace that enforces restricted.

/** A check of Pod Security. */
export interface PodSecurityCheck {
  /** The level that brings it; restricted has those of baseline, too. */
  level: "baseline" | "restricted";
  /** Names of the rules that refuse what it refuses. */
  policies: readonly string[];
}

/** By the names that Kubernetes gives to its checks. */
export const podSecurity: Readonly<Record<string, PodSecurityCheck>> = {
  hostNamespaces: { level: "baseline", policies: ["host-namespaces"] },
  hostPorts: { level: "baseline", policies: ["host-ports"] },
  hostProbesAndHostLifecycle: { level: "baseline", policies: ["probe-hosts"] },
  hostPathVolumes: { level: "baseline", policies: ["volume-types"] },
  restrictedVolumes: { level: "restricted", policies: ["volume-types"] },
  privileged: { level: "baseline", policies: ["privileged"] },
  allowPrivilegeEscalation: { level: "restricted", policies: ["privilege-escalation"] },
  capabilities_baseline: { level: "baseline", policies: ["capabilities"] },
  capabilities_restricted: { level: "restricted", policies: ["capabilities"] },
  runAsNonRoot: { level: "restricted", policies: ["run-as-non-root"] },
  runAsUser: { level: "restricted", policies: ["run-as-non-root"] },
  seccompProfile_baseline: { level: "baseline", policies: ["seccomp"] },
  seccompProfile_restricted: { level: "restricted", policies: ["seccomp"] },
  appArmorProfile: { level: "baseline", policies: ["security-modules"] },
  seLinuxOptions: { level: "baseline", policies: ["security-modules"] },
  windowsHostProcess: { level: "baseline", policies: ["security-modules"] },
  procMount: { level: "baseline", policies: ["kernel-settings"] },
  procMount_restricted: { level: "restricted", policies: ["kernel-settings"] },
  sysctls: { level: "baseline", policies: ["kernel-settings"] },
};

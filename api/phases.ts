// The phases of a workload and the defaults of its spec, separate from the schemas so that the operator needs no schema library.

/** Phases of a workload; the last three are final. */
export const PHASES = ["Pending", "Running", "AwaitingApproval", "Completed", "Failed", "Denied"] as const;
export type WorkloadPhase = (typeof PHASES)[number];

/** Whether a workload in this phase is done. */
export function isFinal(phase: string | undefined): boolean {
  return phase === "Completed" || phase === "Failed" || phase === "Denied";
}

/** Defaults that the CRD fills in; durations as written in a spec. */
export const DEFAULTS = {
  mode: "auto",
  policy: "strict",
  threshold: "0.95",
  approvalTimeout: "30m",
  pending: "5m",
  backoff: "30s",
} as const;

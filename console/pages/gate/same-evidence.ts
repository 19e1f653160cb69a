// Whether two views of a gate show the same evidence: the same workload, and of each step the same digest.
import type { GateView } from "../../contract.ts";

type Shown = Pick<GateView, "uid" | "evidence">;

export function sameEvidence(one: Shown, other: Shown): boolean {
  const steps = new Set([...Object.keys(one.evidence), ...Object.keys(other.evidence)]);
  return one.uid === other.uid && [...steps].every((step) => one.evidence[step] === other.evidence[step]);
}

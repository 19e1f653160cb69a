// What of a workload's spec holds for a run of it once more, as another job.
import type { AgentWorkloadSpec } from "./agentworkload.ts";

/** The spec without what belongs to the first run alone: a job id names artifacts, which are its own, and what was suspended is to run now. */
export function specAgain({ jobId: _, suspend: __, ...same }: AgentWorkloadSpec): AgentWorkloadSpec {
  return same;
}

/** As much of a workload's name as leaves room for a hyphen and five characters. */
export const nameAgain = (name: string): string => name.slice(0, 57);

// What a status that has been written changes, for those who count it and those who trace it.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { isFinal } from "@agentic/api/phases.ts";
import type { Workflow } from "../argo.ts";
import { CONDITIONS } from "./draft.ts";

export interface Transition {
  /** As it was, with its status before. */
  workload: AgentWorkload;
  /** The status that has been written. */
  status: AgentWorkloadStatus;
  /** The workload's Workflows, oldest attempt first. */
  runs: readonly Workflow[];
}

/** What is new. */
export interface Change {
  /** Whether the workload has ended. */
  ends: boolean;
  /** Whether a run of it has failed. */
  hasFailed: boolean;
  /** The run that the status is about: an earlier one's end has been told before. */
  run: Workflow | undefined;
}

export function changeOf({ workload, status, runs }: Transition): Change {
  const before = workload.status ?? {};
  const last = runs.at(-1);
  return {
    ends: isFinal(status.phase) && !isFinal(before.phase),
    hasFailed: status.failure !== undefined && before.failure?.attempt !== status.failure.attempt,
    run: last?.metadata.name === status.argoWorkflow?.name ? last : undefined,
  };
}

/** Why the workload has ended: the reason of its condition Finished. */
export const endingReason = ({ conditions }: AgentWorkloadStatus): string | undefined =>
  conditions?.find(({ type }) => type === CONDITIONS.finished)?.reason;

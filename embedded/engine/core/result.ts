// The result of a pass over a workflow.
import type { Condition, Pod, WorkflowStatus } from "./types.ts";

export interface Advance {
  status: WorkflowStatus;
  /** Labels and annotations to set on the workflow. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  podsToCreate: Pod[];
  /** Names of pods. */
  podsToDelete: string[];
  /** Names of pods whose node has ended, to label as completed. */
  podsCompleted: string[];
  /** Names of pods whose log must be read: call again with their `logs`. */
  logsNeeded: string[];
  /** When the next pass is needed without an event. */
  wakeAt?: Date;
  /** Whether status, labels or annotations differ from the workflow's. */
  changed: boolean;
  /** Whether the workflow must be deleted, because its time to live is over. */
  expired: boolean;
}

export const isOver = (phase: string | undefined) => phase === "Succeeded" || phase === "Failed" || phase === "Error";

/** The conditions after an update, which replaces those of the same types. */
export function upsert(conditions: Condition[] | undefined, ...updates: Condition[]): Condition[] {
  const result = [...(conditions ?? [])];
  for (const condition of updates) {
    const index = result.findIndex(({ type }) => type === condition.type);
    if (index < 0) result.push(condition);
    else result[index] = condition;
  }
  return result;
}

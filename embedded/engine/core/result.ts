// The result of a pass.
import type { Condition, Pod, WorkflowStatus } from "./types.ts";

export interface Advance {
  status: WorkflowStatus;
  /** Labels and annotations of the workflow to set. */
  labels: Record<string, string>;
  annotations: Record<string, string>;
  podsToCreate: Pod[];
  /** Names of pods. */
  podsToDelete: string[];
  /** Names of pods whose node is over, to be labelled so. */
  podsCompleted: string[];
  /** Names of pods whose log is needed: call again with their `logs`. */
  logsNeeded: string[];
  /** When something is due without an event. */
  wakeAt?: Date;
  /** Whether status, labels or annotations differ from the workflow's. */
  changed: boolean;
  /** Whether the workflow has outlived its ttlStrategy and is to be deleted. */
  expired: boolean;
}

export const isOver = (phase: string | undefined) => phase === "Succeeded" || phase === "Failed" || phase === "Error";

/** The conditions with some set; each type is there once. */
export function upsert(conditions: Condition[] | undefined, ...news: Condition[]): Condition[] {
  const result = [...(conditions ?? [])];
  for (const condition of news) {
    const index = result.findIndex(({ type }) => type === condition.type);
    if (index < 0) result.push(condition);
    else result[index] = condition;
  }
  return result;
}

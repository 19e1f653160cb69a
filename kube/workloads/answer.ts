// How a person's answer at a gate is written on the workload.
import { ANNOTATIONS } from "@agentic/api/names.ts";

/** The annotations of an answer; an absent reason takes the one of an earlier answer away. */
export const answerAnnotations = (
  decision: string,
  by: string,
  reason: string | undefined,
): Record<string, string | null> => ({
  [ANNOTATIONS.approval]: decision,
  [ANNOTATIONS.approvedBy]: by,
  [ANNOTATIONS.approvalReason]: reason || null,
});

// How a person's answer at a gate, and a reply to what was asked there, are written on the workload.
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

/** The annotations of a reply to what was asked back. */
export const replyAnnotations = (reply: string, by: string): Record<string, string> => ({
  [ANNOTATIONS.reply]: reply,
  [ANNOTATIONS.repliedBy]: by,
});

/** Takes off answer, question and reply. */
export const nothingSaid: Record<string, null> = {
  [ANNOTATIONS.approval]: null,
  [ANNOTATIONS.approvedBy]: null,
  [ANNOTATIONS.approvalReason]: null,
  [ANNOTATIONS.reply]: null,
  [ANNOTATIONS.repliedBy]: null,
};

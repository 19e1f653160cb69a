// How a person's answer at a gate, and a reply to what was asked there, are written on the workload.
import { CHANGE_PREFIX, type Changes, changesIn } from "@agentic/api/changes.ts";
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

/** The annotations of what is changed with an approval; what these have besides of an earlier answer is taken away. */
export function changeAnnotations(
  changes: Changes,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string | null> {
  const old = Object.keys(changesIn(before)).map((name) => [CHANGE_PREFIX + name, null]);
  return Object.fromEntries([...old, ...Object.entries(changes).map(([name, value]) => [CHANGE_PREFIX + name, value])]);
}

/** The annotations of a reply to what was asked back. */
export const replyAnnotations = (reply: string, by: string): Record<string, string> => ({
  [ANNOTATIONS.reply]: reply,
  [ANNOTATIONS.repliedBy]: by,
});

/** Takes off answer, changes, question and reply of what these annotations have. */
export const nothingSaid = (before: Readonly<Record<string, string>> | undefined): Record<string, string | null> => ({
  [ANNOTATIONS.approval]: null,
  [ANNOTATIONS.approvedBy]: null,
  [ANNOTATIONS.approvalReason]: null,
  [ANNOTATIONS.reply]: null,
  [ANNOTATIONS.repliedBy]: null,
  ...changeAnnotations({}, before),
});

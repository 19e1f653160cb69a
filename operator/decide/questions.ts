// What people ask back at a gate, and the replies: taken from the workload's annotations into its status, where they stay.
import { MAX_REASON } from "@agentic/api/limits.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { openQuestions } from "@agentic/api/questions.ts";
import { GATE } from "@agentic/api/template.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Draft } from "./draft.ts";
import type { Approval } from "./gate.ts";
import { askedEvent } from "./outbox.ts";

type Question = NonNullable<Approval["questions"]>[number];

/** What is wrong with a question that can't be taken. */
const INVALID_QUESTION = `${ANNOTATIONS.approval}: ask takes ${ANNOTATIONS.approvedBy} and the question in ${ANNOTATIONS.approvalReason}`;

/**
 * The questions of the run, with the one and the reply that stand in the annotations. A reply is to all that is open, and comes before a
 * question of the same moment. True in `used` where annotations have been taken over, and can go.
 */
export function questionsAt(draft: Draft): { questions: readonly Question[]; used: boolean } {
  const annotations = draft.observed.workload.metadata.annotations ?? {};
  let questions: readonly Question[] = draft.status.approval?.questions ?? [];
  const at = draft.now;
  const written = (text: string) => cut(clean(text).trim(), MAX_REASON);

  const reply = written(annotations[ANNOTATIONS.reply] ?? "");
  const repliedBy = annotations[ANNOTATIONS.repliedBy];
  if (reply && repliedBy && openQuestions(questions).length > 0) {
    questions = questions.map((each) =>
      each.reply === undefined ? { ...each, reply, repliedBy, repliedAt: at } : each,
    );
    draft.event("Normal", "Replied", `${repliedBy} replies: ${reply}`);
  }

  const isAsked = annotations[ANNOTATIONS.approval] === GATE.ask;
  const question = written(annotations[ANNOTATIONS.approvalReason] ?? "");
  const by = annotations[ANNOTATIONS.approvedBy];
  if (isAsked && !(question && by)) draft.event("Warning", "InvalidApproval", INVALID_QUESTION);
  // Where the annotations could not be taken off after the status was written, they say again what it has.
  else if (isAsked && by && !openQuestions(questions).some((each) => each.by === by && each.question === question)) {
    questions = [...questions, { question, by, at }];
    draft.event("Normal", "AskedBack", `${by} asks: ${question}`);
    draft.tell(askedEvent(questions.length));
  }
  return { questions, used: isAsked || annotations[ANNOTATIONS.reply] !== undefined };
}

/** For people: who waits for a reply to what; undefined where nobody does. */
export function openQuestion(questions: readonly Question[]): string | undefined {
  const open = openQuestions(questions);
  if (open.length === 0) return undefined;
  return `${open.map(({ by, question }) => `${by} asks: ${question}`).join("; ")} (a reply is set by ${ANNOTATIONS.reply})`;
}

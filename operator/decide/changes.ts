// What an approver changes at a gate: checked against what the template declares there, and kept in the status by whom it was.
import { changeErrors, otherChanges, parseChangeable } from "@agentic/api/changeable.ts";
import { approvedChanges, CHANGE_PREFIX, type Changeable, type Changes } from "@agentic/api/changes.ts";
import { GATE } from "@agentic/api/template.ts";
import type { WorkflowNode } from "../argo.ts";
import { approversOf } from "./answers.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import type { Approval, Verdict } from "./gate.ts";
import { parameter } from "./nodes.ts";

/** What may be changed at a gate; nothing, and why, where its template's declaration can't be read. */
export function changeableAt(gate: WorkflowNode): { changeable: Changeable; fault?: string } {
  const text = parameter(gate.inputs?.parameters, GATE.changeable);
  if (text === undefined) return { changeable: {} };
  try {
    return { changeable: parseChangeable(text) };
  } catch (error) {
    const fault = `nothing can be changed: the input ${GATE.changeable} of the template's gate ${(error as Error).message}`;
    return { changeable: {}, fault };
  }
}

/**
 * Whether an approval can't be taken for what it changes. The condition says why, and an event; the gate waits on as if nothing was
 * written. Admission has refused most of it before, but knows no template's limits.
 */
export function isRefused(draft: Draft, { decision, by, changes = {} }: Verdict, changeable: Changeable): boolean {
  if (decision !== GATE.approve) return false;
  const errors = changeErrors(changeable, changes);
  const other = errors.length === 0 ? otherChanges(draft.status.approval, changes) : undefined;
  const why = errors.map((error) => `${CHANGE_PREFIX}${error}`).join("; ") || other;
  if (why !== undefined) {
    const message = `the approval of ${by} is not taken, and nothing is changed: ${why}. Approve again with what is right`;
    draft.setCondition(CONDITIONS.changesAccepted, "False", "ChangesRefused", message);
    draft.event("Warning", "ChangesRefused", message);
    return true;
  }
  if (draft.condition(CONDITIONS.changesAccepted))
    draft.setCondition(CONDITIONS.changesAccepted, "True", "Accepted", `the approval of ${by} is taken`);
  return false;
}

/** The status's part about what is changed: who has approved has approved with it. */
export function changesPart(changes: Changes, { answers }: Pick<Approval, "answers">): Pick<Approval, "changes"> {
  const names = Object.entries(changes);
  const by = [...approversOf(answers ?? [])];
  return names.length > 0 ? { changes: Object.fromEntries(names.map(([name, value]) => [name, { value, by }])) } : {};
}

/** What the approvals of this run have changed until now. */
export const changesBefore = ({ status }: Draft): Changes => approvedChanges(status.approval)?.changes ?? {};

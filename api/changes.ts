// What approvers may change at a gate, and the annotations by which they do.
import type { Static } from "typebox";
import { API_GROUP } from "./names.ts";
import type { ChangeableField } from "./parameter-schema.ts";

/** Changes by name. A value that the declaration doesn't have as a string is JSON. */
export type Changes = Readonly<Record<string, string>>;

/** What a gate's template lets approvers change: JSON Schema by name. */
export type Changeable = Readonly<Record<string, Static<typeof ChangeableField>>>;

/** An annotation of this prefix has a changed value; what follows is the name. */
export const CHANGE_PREFIX = `change.${API_GROUP}/`;

/** UTF-16 units of one changed value. */
export const MAX_CHANGE = 1024;

/** What may be changed at one gate, at most. */
export const MAX_CHANGEABLE = 20;

/** The name of something changeable: that of an annotation. As a regular expression. */
export const CHANGE_NAME = "^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

/** What the step synthesis takes of an approver's changes. */
export const REPORT_CHANGES = {
  title: { type: ["string"], description: "The report's title, in place of the objective.", maxLength: 200 },
  instructions: {
    type: ["string"],
    description: "What the report's summary must heed besides, in plain language.",
    maxLength: 1000,
  },
} satisfies Changeable;

export type ReportChange = keyof typeof REPORT_CHANGES;
export type ReportChanges = Changes & Readonly<Partial<Record<ReportChange, string>>>;

/** The changes in an object's annotations. */
export function changesIn(annotations: Readonly<Record<string, string>> = {}): Changes {
  return Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) =>
      key.startsWith(CHANGE_PREFIX) ? [[key.slice(CHANGE_PREFIX.length), value]] : [],
    ),
  );
}

/** Whether both change the same to the same. */
export function areSameChanges(one: Changes, other: Changes): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name]);
}

/** For people: `title=Prices of kettles, instructions=…`; empty for none. */
export const changesText = (changes: Changes): string =>
  Object.entries(changes)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");

/** What is changed, and who has approved with it. */
export interface ApprovedChanges {
  by: string[];
  changes: Changes;
}

interface AtGate {
  decision?: string | undefined;
  answers?: readonly { decision: string; by: string }[] | undefined;
  changes?: Readonly<Record<string, { value: string }>> | undefined;
}

/**
 * What those who have approved at a gate that waits have changed, and who they are: each approval has the same changes. Undefined where
 * nobody has approved yet.
 */
export function approvedChanges({ decision, answers = [], changes = {} }: AtGate = {}): ApprovedChanges | undefined {
  const by = [...new Set(answers.flatMap((each) => (each.decision === "approve" ? [each.by] : [])))];
  // The answers of a gate that is done don't bind who answers for a used-up budget.
  if (decision !== "pending" || by.length === 0) return undefined;
  return { by, changes: Object.fromEntries(Object.entries(changes).map(([name, { value }]) => [name, value])) };
}

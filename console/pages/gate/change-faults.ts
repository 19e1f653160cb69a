// What is filled in of what an approver may change, and what is wrong with it before the server is asked.
import type { Changeable, Changes } from "@agentic/api/changes.ts";
import { textFault } from "../start/checks.ts";

/** What is filled in, without what was left empty. */
export const filledIn = (values: Changes): Changes =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== ""));

/** What is wrong with it, by name. */
export function changeFaults(changeable: Changeable, values: Changes): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(filledIn(values)).flatMap(([name, value]) => {
      const { maxLength, pattern } = changeable[name] ?? {};
      const fault = textFault(value, { isRequired: false, maxLength, pattern });
      return fault ? [[name, fault]] : [];
    }),
  );
}

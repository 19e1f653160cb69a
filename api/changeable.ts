// Reads what a template lets approvers change at its gate, and checks changes against it.
import { type Static, Type } from "typebox";
import {
  approvedChanges,
  areSameChanges,
  CHANGE_NAME,
  type Changeable,
  type Changes,
  changesText,
  MAX_CHANGE,
  MAX_CHANGEABLE,
} from "./changes.ts";
import { NO_TEMPLATE_TAG, NO_VARIABLE } from "./fields.ts";
import { ChangeableField } from "./parameter-schema.ts";
import { schemaErrors } from "./schema-errors.ts";

const Declaration = Type.Record(Type.String({ pattern: CHANGE_NAME }), ChangeableField, {
  additionalProperties: false,
  maxProperties: MAX_CHANGEABLE,
});

/** The declaration in a gate's input. Throws an error that says what is wrong with it. */
export function parseChangeable(text: string): Changeable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`is not JSON: ${(error as Error).message}`);
  }
  const errors = schemaErrors(Declaration, value).map(
    ({ instancePath, message }) => `${instancePath || "it"} ${message}`,
  );
  if (errors.length > 0) throw new Error(errors.join("; "));
  const declared = value as Static<typeof Declaration>;
  for (const [name, { pattern }] of Object.entries(declared)) if (pattern !== undefined) compile(name, pattern);
  return declared;
}

function compile(name: string, pattern: string): void {
  try {
    new RegExp(pattern, "u");
  } catch (error) {
    throw new Error(`/${name}/pattern is no regular expression: ${(error as Error).message}`);
  }
}

/** What is wrong with changes at a gate that lets these be changed, each with the name and what would be right. */
export function changeErrors(changeable: Changeable, changes: Changes): string[] {
  const names = Object.keys(changeable).join(", ");
  return Object.entries(changes).flatMap(([name, text]) => {
    const schema = Object.hasOwn(changeable, name) ? changeable[name] : undefined;
    if (!schema)
      return [
        `${name}: ${names ? `can't be changed at this gate: it has ${names}` : "nothing can be changed at this gate"}`,
      ];
    if (text.trim() === "") return [`${name}: must not be empty: leave it out to keep what is there`];
    if (text.length > MAX_CHANGE) return [`${name}: must not have more than ${MAX_CHANGE} characters`];
    if (text.includes("{{")) return [`${name}: ${NO_TEMPLATE_TAG.message}`];
    if (text.includes("$(")) return [`${name}: ${NO_VARIABLE.message}`];
    return schemaErrors(schema, meantBy(schema.type, text)).map(({ keyword, message }) => {
      if (keyword === "enum") return `${name}: must be one of ${schema.enum?.join(", ")}`;
      if (keyword === "type") return `${name}: must be of type ${schema.type.join(" or ")}, as JSON`;
      return `${name}: ${message}`;
    });
  });
}

/** The value that a text stands for. */
function meantBy(types: readonly string[], text: string): unknown {
  if (types.includes("string")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Why an approval with these changes differs from those that are recorded; undefined where it doesn't. */
export function otherChanges(approval: Parameters<typeof approvedChanges>[0], changes: Changes): string | undefined {
  const before = approvedChanges(approval);
  if (!before || areSameChanges(before.changes, changes)) return undefined;
  const text = changesText(before.changes);
  return `${before.by.join(", ")} has approved ${text ? `with ${text}` : "without changes"}, and each approval has the same changes: approve with the same, ask, or deny`;
}

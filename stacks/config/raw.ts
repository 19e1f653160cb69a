// Parses the config as Pulumi passes it, and writes the messages of its errors.
import { schemaErrors } from "@agentic/api/schema-errors.ts";
import type { TSchema } from "typebox";
import { patternWords } from "./fields.ts";

/** How the keys of a project are read. */
export interface RawOptions {
  /** Every key of the stack with its text. */
  all: Record<string, string>;
  /** Names of keys that are left out. */
  secrets: readonly string[];
  /** Names of keys whose value is text, whatever it looks like. */
  texts: readonly string[];
}

/** The keys of the project's namespace, each by its name and parsed, without the secret ones. */
export function rawValues(project: string, { all, secrets, texts }: RawOptions): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]): [string, unknown] => [key.slice(prefix.length), text])
      .filter(([name]) => !secrets.includes(name))
      .map(([name, text]) => [name, texts.includes(name) ? String(text) : parsed(String(text))]),
  );
}

/** Pulumi passes objects, numbers and booleans as JSON, and text as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `/0/name` → `[0].name`. */
function dotted(path: string): string {
  return path.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".");
}

interface SchemaError {
  keyword: string;
  instancePath: string;
  schemaPath: string;
  message: string;
  params?: { additionalProperties?: string[]; pattern?: string };
}

/** Errors of a key's value: each has the path in the value, what is wrong, and the value found there. */
export function problems(schema: TSchema, value: unknown): string[] {
  const errors = schemaErrors(schema, value) as SchemaError[];
  // For a union the schema library reports the same error again for each alternative.
  const covered = errors.flatMap(({ keyword, schemaPath }) => (keyword === "anyOf" ? [`${schemaPath}/anyOf/`] : []));
  return errors
    .filter(
      ({ keyword, schemaPath }) => keyword !== "boolean" && !covered.some((union) => schemaPath.startsWith(union)),
    )
    .map((error) => `${dotted(error.instancePath)} ${textOf(error, schema, value)}`);
}

/** What is wrong, without the path. */
function textOf(
  { keyword, message, params = {}, instancePath, schemaPath }: SchemaError,
  schema: TSchema,
  root: unknown,
) {
  const inSchema = valueAt(schema, schemaPath) as { anyOf?: { const?: unknown }[]; properties?: object } | undefined;
  if (keyword === "additionalProperties") {
    const known = Object.keys(inSchema?.properties ?? {});
    return `has unknown fields: ${params.additionalProperties?.join(", ")} (it may have ${known.join(", ")})`;
  }
  if (keyword === "required") return message;
  const actual = `, got ${JSON.stringify(valueAt(root, instancePath))}`;
  if (keyword === "anyOf")
    return `must be one of ${inSchema?.anyOf?.map((choice) => choice.const).join(", ")}${actual}`;
  const pattern = keyword === "pattern" ? patternWords[params.pattern ?? ""] : undefined;
  return `${pattern ? `must be ${pattern}` : message}${actual}`;
}

/** The value at a JSON pointer. */
function valueAt(value: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((parent, part) => (parent as Record<string, unknown> | undefined)?.[part], value);
}

// The config as Pulumi hands it over, and its problems in words.
import { patternWords } from "./fields.ts";

/**
 * The keys of the project's namespace, each parsed, without those in `secrets`. `all` is every key of the stack with its
 * text; the keys in `texts` are text, whatever they look like.
 */
export function rawValues(
  project: string,
  all: Record<string, string>,
  secrets: readonly string[],
  texts: readonly string[],
): Record<string, unknown> {
  const prefix = `${project}:`;
  return Object.fromEntries(
    Object.entries(all)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]): [string, unknown] => [key.slice(prefix.length), text])
      .filter(([name]) => !secrets.includes(name))
      .map(([name, text]) => [name, texts.includes(name) ? String(text) : parsed(String(text))]),
  );
}

/** Pulumi hands objects, numbers and booleans over as JSON, and text as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `/0/name` → `[0].name`. */
export function dotted(path: string): string {
  return path.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".");
}

interface Problem {
  instancePath: string;
  keyword: string;
  message: string;
  params?: object;
}

/** A schema error for people, with what was given. */
export function describe({ keyword, message, params, instancePath }: Problem, value: unknown): string {
  const got = instancePath
    .split("/")
    .slice(1)
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], value);
  if (keyword === "additionalProperties") {
    const names = (params as { additionalProperties?: string[] })?.additionalProperties ?? [];
    return `has unknown fields: ${names.join(", ")}`;
  }
  const words = patternWords[(params as { pattern?: string })?.pattern ?? ""];
  if (keyword === "pattern" && words) return `must be ${words}, got ${JSON.stringify(got)}`;
  return `${message}, got ${JSON.stringify(got)}`;
}

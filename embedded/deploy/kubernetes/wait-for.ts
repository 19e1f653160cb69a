// The annotation pulumi.com/waitFor: what the program itself says an object is to be waited for until. The rules are those of
// the provider (provider/pkg/metadata/overrides.go, ReadyCondition; pkg/jsonpath; pkg/await/condition).
import { createRequire } from "node:module";
import type { KubeObject } from "./cluster.ts";

/** Key of the annotation. */
export const waitForAnnotation = "pulumi.com/waitFor";

const require = createRequire(import.meta.filename);
/** RFC 9535. Loaded where a program needs it: few do, and each run would wait for it. */
const jsonPath = () => (require("json-p3") as typeof import("json-p3")).jsonpath;

/** One expression of the annotation. */
interface Condition {
  /** As the program writes it. */
  text: string;
  holds: (object: KubeObject) => boolean;
}

/**
 * What an object's annotation still waits for; undefined where it waits for nothing (more). It is `jsonpath={.path}=value`,
 * `jsonpath={.path}` for a field to be there, `condition=Type` or `condition=Type=Status`, or a JSON array of such, all of
 * which must hold. What a status says of an earlier generation of the object doesn't count. Throws where it is none of these.
 */
export function waitsFor(object: KubeObject): string | undefined {
  const text = object.metadata.annotations?.[waitForAnnotation];
  return text ? conditions(text).find(({ holds }) => !holds(object))?.text : undefined;
}

/** Reads an annotation. Throws with what is wrong and what can be waited for. */
export function conditions(annotation: string): Condition[] {
  const texts = textsOf(annotation);
  if (texts.length === 0)
    throw new Error(`annotation ${waitForAnnotation}: the array is empty: say at least one condition`);
  return texts.map((text) => ({ text, holds: text.startsWith("condition=") ? condition(text) : path(text) }));
}

function textsOf(annotation: string): string[] {
  let list: unknown;
  try {
    list = JSON.parse(annotation);
  } catch {
    return [annotation];
  }
  if (!Array.isArray(list) || !list.every((one) => typeof one === "string"))
    throw new Error(`annotation ${waitForAnnotation}: ${annotation} is no array of texts`);
  return list;
}

function condition(text: string): Condition["holds"] {
  const [, type = "", status = "True"] = /^condition=([^=]*)(?:=(.*))?$/.exec(text) ?? [];
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return (object) => {
    const { conditions: all = [] } = (object.status ?? {}) as {
      conditions?: { type: string; status: string; observedGeneration?: number }[];
    };
    const found = all.find((one) => same(one.type, type));
    return found !== undefined && !isStale(object, found.observedGeneration) && same(found.status, status);
  };
}

function path(text: string): Condition["holds"] {
  const [, steps, value] = /^jsonpath=\{\s*(.*?)\s*\}(?:=(.+))?$/s.exec(text) ?? [];
  if (steps === undefined)
    throw new Error(
      `annotation ${waitForAnnotation}: '${text}' can't be waited for: write jsonpath={.status.phase}=Value or condition=Type`,
    );
  const query = compile(steps, text);
  return (object) => {
    if (isStale(object)) return false;
    const found = query.query(object as never).values();
    if (found.length === 0) return false;
    if (value === undefined) return true;
    if (typeof found[0] === "object" && found[0] !== null)
      throw new Error(`annotation ${waitForAnnotation}: '${text}' compares a value with what is a list or a map`);
    return String(found[0]) === value;
  };
}

function compile(steps: string, text: string) {
  try {
    return jsonPath().compile(steps.startsWith("$") ? steps : `$${steps}`);
  } catch (error) {
    throw new Error(
      `annotation ${waitForAnnotation}: '${text}' is not a JSONPath of RFC 9535: ${(error as Error).message}`,
    );
  }
}

/** Whether a status is that of an earlier generation, as far as it says of which it is. */
function isStale(
  { metadata, status }: KubeObject,
  observed = (status as { observedGeneration?: number })?.observedGeneration,
) {
  return observed !== undefined && metadata.generation !== undefined && observed < metadata.generation;
}

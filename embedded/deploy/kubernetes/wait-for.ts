// The annotation pulumi.com/waitFor: conditions that the program itself sets for an object's readiness. The rules are those of
// the provider (provider/pkg/metadata/overrides.go, ReadyCondition; pkg/jsonpath; pkg/await/condition).
import { createRequire } from "node:module";
import type { KubeObject } from "./cluster.ts";

/** Key of the annotation. */
export const waitForAnnotation = "pulumi.com/waitFor";

const require = createRequire(import.meta.filename);
/** JSONPath of RFC 9535. Loaded only when needed: few programs use it, and loading would delay each run. */
const jsonPath = () => (require("json-p3") as typeof import("json-p3")).jsonpath;

/** One expression of the annotation. */
interface Condition {
  /** As the program writes it. */
  text: string;
  holds: (object: KubeObject) => boolean;
}

/**
 * The first condition of an object's annotation that doesn't hold yet; undefined where all hold. The annotation is `jsonpath={.path}=value`,
 * `jsonpath={.path}` for a field to be there, `condition=Type` or `condition=Type=Status`, or a JSON array of such texts, all of
 * which must hold. What a status says of an earlier generation of the object doesn't count. Throws where it is none of these.
 */
export function waitsFor(object: KubeObject): string | undefined {
  const text = object.metadata.annotations?.[waitForAnnotation];
  return text ? conditions(text).find(({ holds }) => !holds(object))?.text : undefined;
}

/** Parses the annotation. Throws with what is wrong and what would be right. */
export function conditions(annotation: string): Condition[] {
  const texts = textsOf(annotation);
  if (texts.length === 0)
    throw new Error(`annotation ${waitForAnnotation}: the array is empty: give at least one condition`);
  return texts.map((text) => ({ text, holds: text.startsWith("condition=") ? condition(text) : path(text) }));
}

function textsOf(annotation: string): string[] {
  let list: unknown;
  try {
    list = JSON.parse(annotation);
  } catch {
    return [annotation];
  }
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string"))
    throw new Error(
      `annotation ${waitForAnnotation}: ${annotation} is not a valid array of texts: write jsonpath={.status.phase}=Value or condition=Type as its items`,
    );
  return list;
}

function condition(text: string): Condition["holds"] {
  const [, type = "", status = "True"] = /^condition=([^=]*)(?:=(.*))?$/.exec(text) ?? [];
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  return (object) => {
    const { conditions: all = [] } = (object.status ?? {}) as {
      conditions?: { type: string; status: string; observedGeneration?: number }[];
    };
    const found = all.find((item) => same(item.type, type));
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
      throw new Error(
        `annotation ${waitForAnnotation}: '${text}' compares a value with a list or a map: compare with one of its fields`,
      );
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

/** Whether a status belongs to an earlier generation of the object. */
function isStale(
  { metadata, status }: KubeObject,
  observed = (status as { observedGeneration?: number })?.observedGeneration,
) {
  return observed !== undefined && metadata.generation !== undefined && observed < metadata.generation;
}

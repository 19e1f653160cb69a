// The annotation pulumi.com/waitFor: what the program itself says an object is to be waited for until.
import type { KubeObject } from "./cluster.ts";

/** Key of the annotation. */
export const waitForAnnotation = "pulumi.com/waitFor";

/**
 * What an object's annotation still waits for; undefined where it waits for nothing (more). It is `jsonpath={.path}=value`,
 * `jsonpath={.path}` for a field to be there, `condition=Type` or `condition=Type=Status`, or a JSON array of such, all of
 * which must hold. Throws where it is none of these.
 */
export function waitsFor(object: KubeObject): string | undefined {
  const text = object.metadata.annotations?.[waitForAnnotation];
  if (text === undefined) return undefined;
  return expressions(text).find((one) => !holds(one, object));
}

function expressions(text: string): string[] {
  if (!text.trimStart().startsWith("[")) return [text.trim()];
  const list = JSON.parse(text) as unknown;
  if (!Array.isArray(list) || !list.every((one) => typeof one === "string"))
    throw new Error(`annotation ${waitForAnnotation}: ${text} is no array of texts`);
  return list;
}

function holds(expression: string, object: KubeObject): boolean {
  const condition = /^condition=(\w+)(?:=(\w+))?$/.exec(expression);
  if (condition) {
    const [, type, status = "True"] = condition;
    const { conditions = [] } = (object.status ?? {}) as { conditions?: { type: string; status: string }[] };
    return conditions.some((one) => one.type === type && one.status.toLowerCase() === status.toLowerCase());
  }
  const path = /^jsonpath=\{?((?:\.[\w-]+|\[\d+\])+)\}?(?:=(.*))?$/.exec(expression);
  if (!path)
    throw new Error(
      `annotation ${waitForAnnotation}: '${expression}' can't be waited for: write jsonpath={.status.phase}=Value or condition=Type`,
    );
  const [, steps = "", wanted] = path;
  const found = (steps.match(/[\w-]+/g) ?? []).reduce<unknown>(
    (at, step) => (at as Record<string, unknown> | undefined | null)?.[step],
    object,
  );
  return wanted === undefined ? found !== undefined && found !== null : String(found) === wanted;
}

// The annotations by which a program tells the provider how to treat an object (provider/pkg/metadata/annotations.go).
import { conditions, waitForAnnotation } from "./wait-for.ts";

/** What becomes of each annotation. */
export const annotations: Readonly<Record<string, { does: "done" | "refused"; what: string }>> = {
  "pulumi.com/skipAwait": { does: "done", what: "`true`: the object is not waited for when it is made or changed." },
  "pulumi.com/waitFor": {
    does: "done",
    what: "`jsonpath={.path}=value`, `jsonpath={.path}`, `condition=Type=Status`, or a JSON array of such. Another text is refused before anything is made.",
  },
  "pulumi.com/timeoutSeconds": {
    does: "done",
    what: "Bounds the wait, and the deletion, where `customTimeouts` doesn't.",
  },
  "pulumi.com/patchForce": { does: "done", what: "`true`: a patch takes fields over from other field managers." },
  "pulumi.com/replaceUnready": {
    does: "refused",
    what: "`true` is refused: a job is made anew by `replacementTrigger` or `replaceOnChanges`.",
  },
  "pulumi.com/deletionPropagationPolicy": {
    does: "refused",
    what: "Dependents go in the background: `background` is taken, another value is refused.",
  },
};

const timeoutSeconds = "pulumi.com/timeoutSeconds";

/** Seconds that an object's annotation gives it to be ready or gone; undefined where it has none. */
export function annotatedTimeout(given: Record<string, unknown> = {}): number | undefined {
  const text = given[timeoutSeconds];
  return text ? Number(text) : undefined;
}

/** What is wrong with an object's annotations; undefined where nothing is. */
export function annotationFault(given: Record<string, unknown>): string | undefined {
  const seconds = given[timeoutSeconds];
  if (typeof seconds === "string" && !/^\d*$/.test(seconds))
    return `annotation ${timeoutSeconds}: '${seconds}' is not a whole number of seconds`;
  if (given["pulumi.com/replaceUnready"] === "true")
    return "annotation pulumi.com/replaceUnready: a job that isn't ready is not made anew: use replacementTrigger";
  const policy = given["pulumi.com/deletionPropagationPolicy"];
  if (typeof policy === "string" && policy.toLowerCase() !== "background")
    return `annotation pulumi.com/deletionPropagationPolicy: '${policy}' is not done: dependents go in the background`;
  const waitFor = given[waitForAnnotation];
  if (typeof waitFor !== "string" || !waitFor) return undefined;
  try {
    conditions(waitFor);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

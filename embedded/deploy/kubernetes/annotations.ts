// Annotations that tell Pulumi's Kubernetes provider how to treat an object (provider/pkg/metadata/annotations.go).
import { conditions, waitForAnnotation } from "./wait-for.ts";

/** How each annotation is handled. */
export const annotations: Readonly<Record<string, { does: "done" | "refused"; what: string }>> = {
  "pulumi.com/skipAwait": { does: "done", what: "`true`: the object is not waited for when it is made or changed." },
  "pulumi.com/waitFor": {
    does: "done",
    what: "`jsonpath={.path}=value`, `jsonpath={.path}`, `condition=Type=Status`, or a JSON array of such texts. Any other text is refused before anything is made.",
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
    what: "Dependents are deleted in the background: `background` is accepted, any other value is refused.",
  },
};

const timeoutSeconds = "pulumi.com/timeoutSeconds";

/** The timeout in an object's annotation, in seconds; undefined where it has none. */
export function annotatedTimeout(values: Record<string, unknown> = {}): number | undefined {
  const text = values[timeoutSeconds];
  return text ? Number(text) : undefined;
}

/** What is wrong with an object's annotations; undefined where nothing is. */
export function annotationFault(values: Record<string, unknown>): string | undefined {
  const seconds = values[timeoutSeconds];
  if (typeof seconds === "string" && !/^\d*$/.test(seconds))
    return `annotation ${timeoutSeconds}: '${seconds}' is not a whole number of seconds`;
  if (values["pulumi.com/replaceUnready"] === "true")
    return "annotation pulumi.com/replaceUnready: a job that isn't ready is not made anew: use replacementTrigger";
  const policy = values["pulumi.com/deletionPropagationPolicy"];
  if (typeof policy === "string" && policy.toLowerCase() !== "background")
    return `annotation pulumi.com/deletionPropagationPolicy: '${policy}' is not supported: dependents are deleted in the background`;
  const waitFor = values[waitForAnnotation];
  if (typeof waitFor !== "string" || !waitFor) return undefined;
  try {
    conditions(waitFor);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

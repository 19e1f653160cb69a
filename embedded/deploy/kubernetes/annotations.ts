// The annotations by which a program tells the provider how to treat an object (provider/pkg/metadata/annotations.go).
import type { KubeObject } from "./cluster.ts";
import { conditions, waitForAnnotation } from "./wait-for.ts";

const timeoutSeconds = "pulumi.com/timeoutSeconds";

/** Seconds that an object's annotation gives it to be ready or gone; undefined where it has none. */
export function annotatedTimeout({ metadata }: Pick<KubeObject, "metadata">): number | undefined {
  const text = metadata.annotations?.[timeoutSeconds];
  return text ? Number(text) : undefined;
}

/** What is wrong with an object's annotations; undefined where nothing is. */
export function annotationFault(annotations: Record<string, unknown>): string | undefined {
  const seconds = annotations[timeoutSeconds];
  if (typeof seconds === "string" && !/^\d*$/.test(seconds))
    return `annotation ${timeoutSeconds}: '${seconds}' is not a whole number of seconds`;
  const waitFor = annotations[waitForAnnotation];
  if (typeof waitFor !== "string" || !waitFor) return undefined;
  try {
    conditions(waitFor);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

// The labels that name an object's part, so that selectors and policies agree on them.

/** Selects the pods of one part of the platform, such as `minio`. */
export function selector(part: string): { "app.kubernetes.io/name": string } {
  return { "app.kubernetes.io/name": part };
}

/** Labels of an object of a part. */
export function labels(part: string) {
  return {
    ...selector(part),
    "app.kubernetes.io/part-of": "agentic-platform",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

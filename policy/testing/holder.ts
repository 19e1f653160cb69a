// What puts a pod into an object that creates pods.
import type { Fields } from "../values.ts";

/** A pod's metadata and spec; the spec's first container is the one that a test makes bad. */
export interface PodTemplate {
  metadata?: Fields;
  spec: Fields & { containers: Fields[] };
}

export interface Holder {
  make: (pod: PodTemplate) => Fields;
  /** What the path of everything in the pod begins with. */
  path: string;
  /** Fields of a pod that the kind has no place for. */
  lacks?: readonly string[];
  /** Whether something else adds to the pod. */
  isPartial?: boolean;
}

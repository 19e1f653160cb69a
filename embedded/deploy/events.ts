// What a run tells while it goes, and at its end.
import type { Change } from "./kubernetes/diff.ts";

export type Operation = "create" | "update" | "replace" | "delete" | "same" | "read" | "import";

/** One resource's step. */
export interface ResourceEvent {
  kind: "resource";
  urn: string;
  type: string;
  name: string;
  /** `Deployment shared-services/litellm`, or the resource's name where there is no object. */
  label: string;
  state: "start" | "waiting" | "done" | "failed" | "skipped";
  operation?: Operation;
  /** What it waits for, or why it failed or was skipped. */
  message?: string;
  /** Milliseconds since its start. */
  ms: number;
  /** Field by field, in a preview and for updates. */
  changes?: Change[];
}

/** A word of the program's own. */
export interface LogEvent {
  kind: "log";
  severity: "info" | "warning" | "error";
  message: string;
  urn: string;
}

export type DeployEvent = ResourceEvent | LogEvent;

/** Sums of a run. */
export interface Summary {
  created: number;
  updated: number;
  replaced: number;
  unchanged: number;
  deleted: number;
  failed: number;
  /** One sentence each: which resource, why, and what was waiting for it. */
  failures: string[];
  /** The stack's outputs, with "[secret]" in the place of secrets: `readOutputs` gives those to who needs them. */
  outputs: Record<string, unknown>;
  /** Names of outputs that hold secrets. */
  secretOutputs: string[];
}

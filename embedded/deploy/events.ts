// Events of a run, and its summary.
import type { Change } from "./kubernetes/diff.ts";

export type Operation = "create" | "update" | "replace" | "delete" | "same" | "read" | "import";

/** Progress of one resource. */
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

/** A message of the program or of the deployer. */
export interface LogEvent {
  kind: "log";
  severity: "info" | "warning" | "error";
  message: string;
  urn: string;
}

export type DeployEvent = ResourceEvent | LogEvent;

/** The result of a run. */
export interface Summary {
  created: number;
  updated: number;
  replaced: number;
  unchanged: number;
  deleted: number;
  failed: number;
  /** One text each: the resource, the cause, and the resources that were skipped because of it. */
  failures: string[];
  /** The stack's outputs, with "[secret]" in place of secrets; `readOutputs` returns them in clear. */
  outputs: Record<string, unknown>;
  /** Names of outputs that hold secrets. */
  secretOutputs: string[];
}

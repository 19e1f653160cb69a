// What the decision sees and what it says; all plain data.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { GateDecision } from "@agentic/api/template.ts";
import type { Workflow, WorkflowTemplate } from "../argo.ts";
import type { EventNote } from "../kube/events.ts";

/** What the policy engine said, or why it said nothing. */
export type PolicyAnswer = { ok: true; allow: boolean; reasons: string[] } | { ok: false; error: string };

/** A question to the policy engine: the rule's name and its input. */
export interface Question {
  rule: "start" | "gate";
  input: Record<string, unknown>;
}

/** How the delivery of a notification ended. */
export interface Delivery {
  url: string;
  event: string;
  state: "Delivered" | "Failed";
  message?: string;
}

/** All that a decision depends on. */
export interface World {
  workload: AgentWorkload;
  /** The workload's Workflows, oldest attempt first. */
  runs: Workflow[];
  /** The template that the spec refers to, if it exists. */
  template: WorkflowTemplate | undefined;
  /** Data of the tenant's ConfigMap, if the namespace has one. */
  tenant: Record<string, string> | undefined;
  /** Answers to questions asked in this round. */
  answers: { start?: PolicyAnswer; gate?: PolicyAnswer };
  /** Why the API server refused the Workflow just now, if it did. */
  refusal?: string | undefined;
  /** Name of the workload that writes to the same place now, if one does: the run can't be made before that one has ended. */
  holder?: string | undefined;
  /** Deliveries that have ended since the last round. */
  deliveries: Delivery[];
  /** Milliseconds since the epoch. */
  now: number;
}

export type Action =
  | { kind: "create"; workflow: Workflow }
  /** A merge patch of a Workflow, refused if it has changed since. */
  | { kind: "patch"; workflow: string; why: "gate" | "stop" | "suspend"; patch: object; decision?: GateDecision }
  /** Takes the answered approval off the workload. */
  | { kind: "clearApproval" }
  | { kind: "notify"; index: number }
  | { kind: "delete" };

export interface Decision {
  status: AgentWorkloadStatus;
  actions: Action[];
  events: EventNote[];
  /** Nothing can be decided before this is answered; the rest then holds until it is. */
  ask?: Question;
  /** When to look again without being told, milliseconds since the epoch. */
  wakeAt?: number | undefined;
  /** Look again soon, and ever later: something outside isn't there. */
  backoff?: boolean;
}

// Input and output of the decision: what is observed, and what is to be done; all plain data.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { Prices } from "@agentic/api/prices.ts";
import type { GateDecision } from "@agentic/api/template.ts";
import type { Workflow, WorkflowTemplate } from "../argo.ts";
import type { EventNote } from "../kube/events.ts";

/** The policy engine's answer, or why there is none. */
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

/** What the model gateway has booked for a workload: money in billionths of the currency. */
export interface Spent {
  amount: bigint;
  tokens: number;
  calls: number;
}

/** Whether a workload's record of its cost was written, or why not. */
export type Recorded = { ok: true } | { ok: false; error: string };

/** How budgets are held. */
export interface BudgetRules {
  /** Signs what the model gateway books calls on. */
  claimKey: string;
  /** What becomes of a run whose budget is used up: a person is asked, or it fails. */
  whenUsed: "ask" | "refuse";
}

/** All that a decision depends on. */
export interface Observed {
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
  /** `<namespace>/<name>` of the workload that uses the same job id or artifact place now, if there is one: the run waits until it has ended. */
  holder?: string | undefined;
  /** Deliveries that have ended since the last round. */
  deliveries: Delivery[];
  /** What resources cost; absent where costs aren't measured. */
  prices?: Prices | undefined;
  /** Whether what workloads have cost is recorded. Default: it isn't. */
  keepsRecords?: boolean;
  /** What the model gateway has booked for the workload, where that is known: steps that are killed report nothing. */
  spent?: Spent | undefined;
  /** What became of the record just now, if it was written. */
  recorded?: Recorded | undefined;
  /** How budgets are held; absent where the platform holds none. */
  budgets?: BudgetRules | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

export type Action =
  | { kind: "create"; workflow: Workflow }
  /** A merge patch of a Workflow, refused if it has changed since. */
  | { kind: "patch"; workflow: string; why: "gate" | "stop" | "suspend"; patch: object; decision?: GateDecision }
  /** Keeps the record of what the workload has cost; decided again after it. */
  | { kind: "record" }
  /** Removes the annotations of an answer, a question or a reply that has been recorded. */
  | { kind: "clearApproval" }
  | { kind: "notify"; index: number }
  | { kind: "delete" };

export interface Decision {
  status: AgentWorkloadStatus;
  actions: Action[];
  events: EventNote[];
  /** A question that must be answered before anything else is decided; the caller then ignores the other fields. */
  ask?: Question;
  /** When to reconcile again even if nothing changes, milliseconds since the epoch. */
  wakeAt?: number | undefined;
  /** Whether to reconcile again with growing waits, because a service is unavailable. */
  backoff?: boolean;
}

// Why a run failed: the kinds of failure, for messages, metrics and retries.

/** How a step's last words begin that a budget has ended. */
export const BUDGET_EXHAUSTED = "budget exhausted";

/** Kind → what it means, for the status's message; empty if the step's own message says it. */
export const FAILURE_KINDS = {
  /** The kernel ended the container: it used more memory than its limit. */
  OutOfMemory: "more memory than its limit",
  /** SIGKILL or SIGTERM, from outside the container. */
  Killed: "killed from outside, for example by a node short of memory",
  /** The program ended by a signal of its own, such as SIGSEGV, or SIGABRT where Node's heap is full. */
  Crashed: "crashed",
  /** The kubelet or the scheduler took the pod away: memory, disk, a more important pod, a node that shuts down. */
  Evicted: "evicted from its node",
  /** The pod was deleted, or its node is gone. */
  PodLost: "its pod was lost",
  /** One attempt took longer than the template allows. */
  StepDeadline: "longer than the template allows one attempt",
  /** The image can't be pulled. */
  ImageUnavailable: "its image can't be pulled",
  /** What decides about images refuses the pod: the policy controller, or the list of tenants' images. */
  ImageDenied: "its image may not run here",
  /** Exit code 75 or 69 until no try was left: a service or a site was unavailable all the time. */
  ServiceUnavailable: "a service that it needs was unavailable until no try was left",
  /** The model gateway takes no more calls: the workload's budget, or its tenant's of the month, has no room for them. */
  BudgetExhausted: "",
  /** Any other exit code; the step's message says why. */
  StepFailed: "",
  /** The engine ended the Workflow, and no step failed. */
  WorkflowFailed: "",
} as const;

export type FailureKind = keyof typeof FAILURE_KINDS;

/** How a message goes on that begins with "tried again after". */
export const AFTER_FAILURE: Readonly<Record<FailureKind, string>> = {
  OutOfMemory: "running out of memory",
  Killed: "being killed from outside",
  Crashed: "a crash",
  Evicted: "its eviction from a node",
  PodLost: "the loss of its pod",
  StepDeadline: "taking longer than one try may",
  ImageUnavailable: "a failure to pull its image",
  ImageDenied: "a refusal of its image",
  ServiceUnavailable: "a service was unavailable",
  BudgetExhausted: "the end of its budget",
  StepFailed: "a failure",
  WorkflowFailed: "a failure",
};

/** The reason of condition Finished for a kind: the kind itself, or WorkflowFailed for a step that failed by itself. */
export function failureReason(kind: FailureKind): string {
  return kind === "StepFailed" ? "WorkflowFailed" : kind;
}

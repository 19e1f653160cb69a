// The kinds of a run's failure, for people, for metrics and for retries.

/** Kind → what it means, for the status's message; empty where the step's own words are enough. */
export const FAILURE_KINDS = {
  /** The kernel ended the container: it used more memory than its limit. */
  OutOfMemory: "more memory than its limit",
  /** SIGKILL or SIGTERM, from outside the container. */
  Killed: "killed from outside, as by a node short of memory",
  /** The program ended by a signal of its own, such as SIGSEGV, or SIGABRT where Node's heap is full. */
  Crashed: "crashed",
  /** The kubelet or the scheduler took the pod away: memory, disk, a more important pod, a node that shuts down. */
  Evicted: "evicted from its node",
  /** The pod was deleted, or its node is gone. */
  PodLost: "its pod was lost",
  /** One attempt took longer than the template allows. */
  StepDeadline: "longer than the template allows one attempt",
  /** The image can't be had. */
  ImageUnavailable: "its image can't be had",
  /** Exit code 75 until no try was left: a service, or a site, was away all the time. */
  ServiceUnavailable: "what it needs was away until no try was left",
  /** Any other exit code: the step says why. */
  StepFailed: "",
  /** The engine gave the Workflow up; no step is to blame. */
  WorkflowFailed: "",
} as const;

export type FailureKind = keyof typeof FAILURE_KINDS;

/** The reason of condition Finished for a kind: what is no special case is a failed Workflow. */
export function failureReason(kind: FailureKind): string {
  return kind === "StepFailed" ? "WorkflowFailed" : kind;
}

// Whose fault it is that a workload ends without a report: what the success ratio counts, and what it leaves out.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { CONDITIONS } from "../decide/draft.ts";
import { endingReason } from "../decide/transition.ts";

/** `none`: it has its report, or somebody decided against it; `workload`: what it asks for can't be done; `platform`: everything else. */
export type Fault = "none" | "workload" | "platform";

/** Reasons of the condition Finished that people or policies decide. */
const DECIDED = ["Completed", "Denied", "StartDenied", "Stopped", "WorkflowDeleted", "SpecChanged"];

const OF_THE_WORKLOAD = ["UnknownCluster", "InvalidParameters", "BudgetExhausted"];

/** The last words of a step that a service of the platform has refused. */
const SERVICE_REFUSED = /\b(object store|Postgres|model gateway|browser service)\b.*\b(refused|refuses)\b/;

/** Whose fault the end is that this status records. */
export function faultOf({ conditions = [], failure, message = "" }: AgentWorkloadStatus): Fault {
  const reason = endingReason({ conditions }) ?? "";
  if (DECIDED.includes(reason)) return "none";
  if (OF_THE_WORKLOAD.includes(reason)) return "workload";
  const timeSuffices = conditions.find(({ type }) => type === CONDITIONS.timeSuffices)?.status !== "False";
  if (reason === "DeadlineExceeded") return timeSuffices ? "platform" : "workload";
  // A step that ends by itself says that a page, an answer or an input can't be used.
  if (reason === "WorkflowFailed" && failure?.kind === "StepFailed")
    return SERVICE_REFUSED.test(message) ? "platform" : "workload";
  return "platform";
}

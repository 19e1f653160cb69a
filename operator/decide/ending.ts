// How a run ends: denied, completed, stopped, timed out or failed, and whether it is retried.
import { durationMs } from "@agentic/api/duration.ts";
import { failureReason } from "@agentic/api/failures.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { GATE } from "@agentic/api/template.ts";
import { timestamp } from "@agentic/api/times.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { peoplesPart } from "./answers.ts";
import { budgetExhausted } from "./budget.ts";
import type { StopCause } from "./deadlines.ts";
import type { Draft } from "./draft.ts";
import { type Failure, failureOf } from "./failure.ts";
import { approvalMessage } from "./gate.ts";
import { start } from "./start.ts";
import { specChange } from "./started-with.ts";
import { noteSuspension, waitStart } from "./suspension.ts";
import { parseTime } from "./time.ts";
import type { Decision } from "./types.ts";
import { attemptOf } from "./workflow.ts";

/** The message of engines for a run that reached the Workflow's own deadline; a pod's deadline has another message. */
const ENGINE_DEADLINE = /step exceeded its deadline|exceeded workflow deadline/i;

/** Stops a run, and records the reason in an annotation of the Workflow, from which {@link concludeRun} reads it. */
export function stop(draft: Draft, run: Workflow, { reason, message }: StopCause): Decision {
  const { name, resourceVersion } = run.metadata;
  const metadata = { annotations: { [ANNOTATIONS.stopReason]: `${reason}: ${message}` }, resourceVersion };
  draft.event("Warning", reason, message);
  draft.act({ kind: "patch", workflow: name, why: "stop", patch: { metadata, spec: { shutdown: "Terminate" } } });
  return draft.phase(draft.status.phase ?? "Running", message).done();
}

/** Why the operator stopped the run, if it did. */
export function stopReason(run: Workflow): { reason: string; message: string } | undefined {
  const [, reason, message] = /^(\w+): (.*)$/s.exec(run.metadata.annotations?.[ANNOTATIONS.stopReason] ?? "") ?? [];
  return reason && message ? { reason, message } : undefined;
}

/**
 * Concludes a run that has ended: the workload ends too, unless the run is retried. The first event decides: a denial at the
 * gate comes before a later stop, and a gate that the stop itself ended has no answer.
 */
export function concludeRun(draft: Draft, run: Workflow, nodes: WorkflowNode[]): Decision {
  const { status, observed } = draft;
  if (!observed.workload.spec.suspend) noteSuspension(draft, false);
  if (status.approval?.decision === "pending")
    status.approval = { reason: "the run ended before anybody answered", ...peoplesPart(draft) };
  if (status.approval?.decision === GATE.deny) {
    const message = approvalMessage(observed.workload, status.approval);
    return draft.finish("Denied", "Denied", message, { alreadyReported: true }).done();
  }
  const change = specChange(run, observed.workload);
  if (change) return draft.finish("Failed", "SpecChanged", change).done();
  if (run.status?.phase === "Succeeded") {
    delete status.failure;
    const { total = 0, named = 0, manifests } = status.artifacts ?? {};
    const whereUnnamed = manifests ? "the manifests of status.artifacts name all" : "the others have the same prefix";
    const unnamedNote = total > named ? `; status names ${named} of ${total} artifacts, ${whereUnnamed}` : "";
    return draft.finish("Completed", "Completed", `every step is done${unnamedNote}`).done();
  }
  const stopped = stopReason(run);
  if (stopped) return draft.finish("Failed", stopped.reason, stopped.message, { alreadyReported: true }).done();
  if (run.spec.shutdown) {
    const message = `the Workflow was stopped by its spec.shutdown: ${run.spec.shutdown}`;
    return draft.finish("Failed", "Stopped", message).done();
  }
  const failure = failureOf(run, nodes);
  if (ENGINE_DEADLINE.test(run.status?.message ?? "") || ENGINE_DEADLINE.test(failure.message)) {
    const message = `the engine ended the run at its deadline: ${failure.message}`;
    return draft.finish("Failed", "DeadlineExceeded", message).done();
  }
  return retryOrFail(draft, run, failure);
}

/** Starts the next run once its back-off is over, or fails where no retry is left. */
function retryOrFail(draft: Draft, run: Workflow, failure: Failure): Decision {
  const { workload, now } = draft.observed;
  const { retry, suspend = false } = workload.spec;
  const attempt = attemptOf(run);
  const limit = retry?.limit ?? 0;
  const { message, ...facts } = failure;
  draft.status.failure = { ...facts, attempt };
  if (failure.kind === "BudgetExhausted") return budgetExhausted(draft, run, message);
  if (attempt >= limit) {
    const runCount = limit > 0 ? ` (run ${attempt + 1} of ${limit + 1})` : "";
    return draft.finish("Failed", failureReason(failure.kind), `${message}${runCount}`).done();
  }
  noteSuspension(draft, suspend);
  const endedAt = parseTime(run.status?.finishedAt) ?? now;
  const retryAt = endedAt + durationMs(retry?.backoff ?? DEFAULTS.backoff) * 2 ** attempt;
  // First the failure is written down, or nothing would tell of it where the back-off is over when the end is seen.
  const isRecorded = workload.status?.failure?.attempt === attempt;
  if (isRecorded && now >= retryAt) return start(draft, attempt + 1, waitStart(draft.status, retryAt));
  const retryMessage = `run ${attempt + 1} of ${limit + 1} failed: ${message}; the next starts at ${timestamp(retryAt)}`;
  if (draft.status.message !== retryMessage) draft.event("Warning", "Retrying", retryMessage);
  return draft.phase("Pending", retryMessage).wakeAt(retryAt).done();
}

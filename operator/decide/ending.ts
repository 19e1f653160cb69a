// How a run ends: denied, completed, stopped, late or failed, and then perhaps tried again.
import { failureReason } from "@agentic/api/failures.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { GATE } from "@agentic/api/template.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import type { Overdue } from "./deadlines.ts";
import type { Draft } from "./draft.ts";
import { type Failure, failureOf } from "./failure.ts";
import { approvalMessage } from "./gate.ts";
import { start } from "./start.ts";
import { noteSuspension, waitBegins } from "./suspension.ts";
import { durationMs, parseTime, timestamp } from "./time.ts";
import type { Decision } from "./types.ts";
import { attemptOf } from "./workflow.ts";

/** What engines say of a run that came to the deadline of the Workflow itself; a pod's own deadline reads differently. */
const ENGINE_DEADLINE = /step exceeded its deadline|exceeded workflow deadline/i;

/** Ends a run, with the reason written where it is read from when the run has ended. */
export function stop(draft: Draft, run: Workflow, { reason, message }: Overdue): Decision {
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
 * A run that has ended: the workload is done too, unless it is tried again. What happened first decides: an answer at the
 * gate, then a stop; a gate that a stop ended has no answer.
 */
export function over(draft: Draft, run: Workflow, nodes: WorkflowNode[]): Decision {
  const { status, world } = draft;
  if (!world.workload.spec.suspend) noteSuspension(draft, false);
  if (status.approval?.decision === "pending") status.approval = { reason: "the run ended before anybody answered" };
  if (status.approval?.decision === GATE.deny) {
    const message = approvalMessage(world.workload, status.approval);
    return draft.finish("Denied", "Denied", message, { told: true }).done();
  }
  if (run.status?.phase === "Succeeded") {
    delete status.failure;
    const { total = 0, named = 0, manifests } = status.artifacts ?? {};
    const where = manifests ? "all are in the manifests of status.artifacts" : "the rest lies beside them";
    const some = total > named ? `; status names ${named} of ${total} artifacts, ${where}` : "";
    return draft.finish("Completed", "Completed", `every step is done${some}`).done();
  }
  const stopped = stopReason(run);
  if (stopped) return draft.finish("Failed", stopped.reason, stopped.message, { told: true }).done();
  if (run.spec.shutdown) {
    const message = `somebody ended the Workflow (spec.shutdown: ${run.spec.shutdown})`;
    return draft.finish("Failed", "Stopped", message).done();
  }
  const failure = failureOf(run, nodes);
  if (ENGINE_DEADLINE.test(run.status?.message ?? "") || ENGINE_DEADLINE.test(failure.message)) {
    const message = `the engine ended the run at its deadline: ${failure.message}`;
    return draft.finish("Failed", "DeadlineExceeded", message).done();
  }
  return again(draft, run, failure);
}

/** Starts the next run after its wait, or fails for good. */
function again(draft: Draft, run: Workflow, failure: Failure): Decision {
  const { workload, now } = draft.world;
  const { retry, suspend = false } = workload.spec;
  const attempt = attemptOf(run);
  const limit = retry?.limit ?? 0;
  const { message, ...facts } = failure;
  draft.status.failure = { ...facts, attempt };
  if (attempt >= limit) {
    const tries = limit > 0 ? ` (run ${attempt + 1} of ${limit + 1})` : "";
    return draft.finish("Failed", failureReason(failure.kind), `${message}${tries}`).done();
  }
  noteSuspension(draft, suspend);
  const endedAt = parseTime(run.status?.finishedAt) ?? now;
  const due = endedAt + durationMs(retry?.backoff ?? DEFAULTS.backoff) * 2 ** attempt;
  if (now >= due) return start(draft, attempt + 1, waitBegins(draft.status, due));
  const next = `run ${attempt + 1} of ${limit + 1} failed: ${message}; the next starts at ${timestamp(due)}`;
  if (draft.status.message !== next) draft.event("Warning", "Retrying", next);
  return draft.phase("Pending", next).wakeAt(due).done();
}

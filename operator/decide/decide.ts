// Decides the actions and the status of one workload: a pure function of what is observed.
import { isFinal } from "@agentic/api/phases.ts";
import { timestamp } from "@agentic/api/times.ts";
import { isUnrecorded, record } from "./cost-record.ts";
import { CONDITIONS, Draft } from "./draft.ts";
import { follow } from "./follow.ts";
import { settle } from "./outbox.ts";
import { withoutStale } from "./reminders.ts";
import { pendingSince, start } from "./start.ts";
import { parseTime } from "./time.ts";
import type { Decision, Observed } from "./types.ts";
import { attemptOf } from "./workflow.ts";

/**
 * Decides the next actions and the next status for a workload. The caller acts, observes again and calls again, until nothing
 * is left to do: the same observation with the status written gives no action.
 */
export function decide(observed: Observed): Decision {
  const draft = new Draft(observed);
  const { workload } = observed;
  if (workload.metadata.deletionTimestamp) {
    return { status: workload.status ?? {}, actions: [], events: [] };
  }
  if (draft.status.notifications && observed.deliveries.length > 0) {
    draft.status.notifications = settle(draft.status.notifications, observed.deliveries, draft.now);
    for (const { url, event, state, message } of observed.deliveries)
      if (state === "Failed")
        draft.event("Warning", "NotificationFailed", `${event} was not delivered to ${url}: ${message}`);
  }
  if (Object.values(observed.answers).some((answer) => answer?.ok)) {
    draft.setCondition(CONDITIONS.policyAvailable, "True", "Answered", "the policy engine answers");
  }
  const decision = route(draft);
  // A question for the policy engine comes first: the next call decides with its answer.
  if (decision.ask) return decision;
  const recorded = record(draft, decision);
  if (recorded.status.notifications && recorded.status.approval?.decision !== "pending")
    recorded.status.notifications = withoutStale(recorded.status.notifications);
  for (const [index, { state }] of (recorded.status.notifications ?? []).entries()) {
    if (state === "Pending") recorded.actions.push({ kind: "notify", index });
  }
  return recorded;
}

function route(draft: Draft): Decision {
  const { workload, runs } = draft.observed;
  const run = runs.at(-1);
  if (isFinal(workload.status?.phase)) {
    const isRefusedSpecChanged = !workload.status?.argoWorkflow && !run && hasNewSpec(draft);
    if (!isRefusedSpecChanged) return finished(draft);
    reset(draft);
  }
  if (run && attemptOf(run) >= (draft.status.attempt ?? 0)) return follow(draft, run);
  const argoWorkflow = draft.status.argoWorkflow;
  if (argoWorkflow) {
    // Somebody deleted the Workflow, perhaps to stop it: creating it again could repeat the work against their will.
    return draft.finish("Failed", "WorkflowDeleted", `Workflow ${argoWorkflow.name} was deleted before its end`).done();
  }
  return start(draft, 0, pendingSince(draft));
}

function hasNewSpec({ observed: { workload } }: Draft): boolean {
  return workload.status?.observedGeneration !== workload.metadata.generation;
}

/** Clears the result of a refusal, because the spec has changed since. */
function reset({ status }: Draft): void {
  const resetTypes: readonly string[] = [
    CONDITIONS.accepted,
    CONDITIONS.timeSuffices,
    CONDITIONS.finished,
    CONDITIONS.succeeded,
  ];
  status.conditions = (status.conditions ?? []).filter(({ type }) => !resetTypes.includes(type));
  delete status.phase;
  delete status.completedAt;
  delete status.failure;
  delete status.notifications;
}

/** How long a deletion that is due waits for webhooks. Without a limit, dead receivers would delay it by a quarter of an hour. */
const OWED_GRACE_MS = 60_000;

/** A workload in a final phase only waits for its deletion. */
function finished(draft: Draft): Decision {
  const { spec } = draft.observed.workload;
  const completed = parseTime(draft.status.completedAt);
  if (spec.ttlSecondsAfterFinished === undefined || completed === undefined) return draft.done();
  const deleteAt = completed + spec.ttlSecondsAfterFinished * 1000;
  const { now } = draft.observed;
  const owed = draft.status.notifications?.filter(({ state }) => state === "Pending") ?? [];
  const owedText = owed.map(({ url, event }) => `${event} to ${url}`).join(", ");
  const latestDeletion = deleteAt + OWED_GRACE_MS;
  if (now < deleteAt) draft.wakeAt(deleteAt);
  else if (isUnrecorded(draft.status) && !draft.observed.recorded?.ok) {
    const message = "due for deletion once the record of its cost is written";
    draft.setCondition(CONDITIONS.deletable, "False", "CostNotRecorded", message);
  } else if (owed.length > 0 && now < latestDeletion) {
    const message = `due for deletion, but webhooks are not delivered yet (${owedText}); deleted at ${timestamp(latestDeletion)} at the latest`;
    if (draft.setCondition(CONDITIONS.deletable, "False", "NotificationsOwed", message))
      draft.event("Normal", "DeletionWaits", message);
    draft.wakeAt(latestDeletion);
  } else {
    if (owed.length > 0)
      draft.event("Warning", "NotificationsDropped", `deleted before these webhooks could be delivered: ${owedText}`);
    draft.act({ kind: "delete" });
  }
  return draft.done();
}

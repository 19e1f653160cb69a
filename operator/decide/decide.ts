// What to do about one workload, and what to say of it: a pure function of what is observed.
import { isFinal } from "@agentic/api/phases.ts";
import { CONDITIONS, Draft } from "./draft.ts";
import { follow } from "./follow.ts";
import { settle } from "./outbox.ts";
import { pendingSince, start } from "./start.ts";
import { parseTime, timestamp } from "./time.ts";
import type { Decision, World } from "./types.ts";
import { attemptOf } from "./workflow.ts";

/**
 * Looks at a workload and decides the next thing to do. Called again with what the actions brought about and the
 * answers to what it asks, it comes to rest: the same world twice gives no action the second time.
 */
export function decide(world: World): Decision {
  const draft = new Draft(world);
  const { workload } = world;
  if (workload.metadata.deletionTimestamp) {
    return { status: workload.status ?? {}, actions: [], events: [] };
  }
  if (draft.status.notifications && world.deliveries.length > 0) {
    draft.status.notifications = settle(draft.status.notifications, world.deliveries, draft.now);
    for (const { url, event, state, message } of world.deliveries)
      if (state === "Failed")
        draft.event("Warning", "NotificationFailed", `${event} wasn't told to ${url}: ${message}`);
  }
  if (Object.values(world.answers).some((answer) => answer?.ok)) {
    draft.setCondition(CONDITIONS.policyAvailable, "True", "Answered", "the policy engine answers");
  }
  const decision = route(draft);
  // A question comes first; what follows from it is decided with its answer.
  if (decision.ask) return decision;
  for (const [index, { state }] of (decision.status.notifications ?? []).entries()) {
    if (state === "Pending") decision.actions.push({ kind: "notify", index });
  }
  return decision;
}

function route(draft: Draft): Decision {
  const { workload, runs } = draft.world;
  const run = runs.at(-1);
  if (isFinal(workload.status?.phase)) {
    const respecified = !workload.status?.argoWorkflow && !run && hasNewSpec(draft);
    if (!respecified) return finished(draft);
    reset(draft);
  }
  if (run && attemptOf(run) >= (draft.status.attempt ?? 0)) return follow(draft, run);
  const known = draft.status.argoWorkflow;
  if (known) {
    // Somebody deleted the Workflow. Making it again unasked could do twice what they wanted stopped.
    return draft.finish("Failed", "WorkflowDeleted", `Workflow ${known.name} was deleted before its end`).done();
  }
  return start(draft, 0, pendingSince(draft));
}

function hasNewSpec({ world: { workload } }: Draft): boolean {
  return workload.status?.observedGeneration !== workload.metadata.generation;
}

/** Forgets a refusal: the spec has changed since. */
function reset({ status }: Draft): void {
  const mine: readonly string[] = [
    CONDITIONS.accepted,
    CONDITIONS.timeSuffices,
    CONDITIONS.finished,
    CONDITIONS.succeeded,
  ];
  status.conditions = (status.conditions ?? []).filter(({ type }) => !mine.includes(type));
  delete status.phase;
  delete status.completedAt;
  delete status.failure;
  delete status.notifications;
}

/** How long a deletion that is due waits for webhooks. Receivers that are dead for good would hold it up for a quarter of an hour. */
const OWED_GRACE_MS = 60_000;

/** A workload in a final phase only waits for its deletion. */
function finished(draft: Draft): Decision {
  const { spec } = draft.world.workload;
  const completed = parseTime(draft.status.completedAt);
  if (spec.ttlSecondsAfterFinished === undefined || completed === undefined) return draft.done();
  const end = completed + spec.ttlSecondsAfterFinished * 1000;
  const { now } = draft.world;
  const owed = draft.status.notifications?.filter(({ state }) => state === "Pending") ?? [];
  const whom = owed.map(({ url, event }) => `${event} to ${url}`).join(", ");
  const last = end + OWED_GRACE_MS;
  if (now < end) draft.wakeAt(end);
  else if (owed.length > 0 && now < last) {
    const message = `due for deletion, but webhooks are still to be told (${whom}); deleted at ${timestamp(last)} at the latest`;
    if (draft.setCondition(CONDITIONS.deletable, "False", "NotificationsOwed", message))
      draft.event("Normal", "DeletionWaits", message);
    draft.wakeAt(last);
  } else {
    if (owed.length > 0)
      draft.event("Warning", "NotificationsDropped", `deleted although webhooks couldn't be told in time: ${whom}`);
    draft.act({ kind: "delete" });
  }
  return draft.done();
}

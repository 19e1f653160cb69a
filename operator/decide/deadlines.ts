// How long a run may wait for its start, and how long it may take. The clocks stop at the gate and during a suspension.
import { durationMs } from "@agentic/api/duration.ts";
import { defaultExecutionSeconds, TIGHT_FACTOR, usualExecutionSeconds } from "@agentic/api/execution.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { timestamp } from "@agentic/api/times.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import { nodesPatch } from "./gate.ts";
import { gateMs, isDone, isGate, startOf } from "./nodes.ts";
import { suspendedMs, waitStart } from "./suspension.ts";
import { parseTime } from "./time.ts";
import { engineDeadlineSeconds, executionLimit } from "./workflow.ts";

/** Why a run is to be stopped. */
export interface StopCause {
  reason: "PendingTimeout" | "DeadlineExceeded" | "SpecChanged";
  message: string;
}

/** The engine's deadline during a suspension: a year, which no suspended run reaches. */
const SUSPENDED_DEADLINE_SECONDS = 31_536_000;

/** Warns, before the run fails, that timeouts.execution is short for the number of URLs. */
export function noteTightTime(draft: Draft): void {
  const { workload } = draft.observed;
  const urls = workload.spec.targetUrls.length;
  const usual = usualExecutionSeconds(urls);
  const { text, ms } = executionLimit(workload);
  const isTight = ms < usual * 1000 * TIGHT_FACTOR;
  if (!isTight && !draft.condition(CONDITIONS.timeSuffices)) return;
  if (!isTight) {
    draft.setCondition(CONDITIONS.timeSuffices, "True", "EnoughTime", `${text} (timeouts.execution) is usually enough`);
    return;
  }
  const work = urls === 1 ? "one URL, which takes" : `${urls} URLs, which take`;
  const message = `${text} (timeouts.execution) is short for ${work} ${usual}s or more; the default would be ${defaultExecutionSeconds(urls)}s`;
  if (draft.setCondition(CONDITIONS.timeSuffices, "False", "TightDeadline", message))
    draft.event("Warning", "TightDeadline", message);
}

/** Why the run takes too long to start or to finish, or undefined; the draft is then reconciled again at the deadline. */
export function overdue(draft: Draft, run: Workflow, nodes: WorkflowNode[]): StopCause | undefined {
  const { workload, now } = draft.observed;
  // An engine ignores a stop of a suspended Workflow, and its clocks stand still.
  if (workload.spec.suspend || run.spec.suspend) return undefined;
  const started = startOf(run, nodes);
  if (["", "Pending"].includes(run.status?.phase ?? "") || started === undefined) {
    const limit = workload.spec.timeouts?.pending ?? DEFAULTS.pending;
    const end = waitStart(draft.status, parseTime(run.metadata.creationTimestamp) ?? now) + durationMs(limit);
    if (now >= end) return { reason: "PendingTimeout", message: `no step started within ${limit} (timeouts.pending)` };
    draft.wakeAt(end);
    return undefined;
  }
  if (nodes.some((node) => isGate(node) && !isDone(node))) return undefined;
  const { text, ms } = executionLimit(workload);
  const end = started + ms + gateMs(nodes) + suspendedMs(draft.status, now);
  if (now >= end) {
    const where = draft.status.currentNode ? `, at step ${draft.status.currentNode}` : "";
    return { reason: "DeadlineExceeded", message: `the steps took longer than ${text} (timeouts.execution)${where}` };
  }
  draft.wakeAt(end);
  return undefined;
}

/** The patch that suspends a run, with a deadline so far off that the engine doesn't end the run meanwhile. */
export function suspendPatch() {
  return { spec: { suspend: true, activeDeadlineSeconds: SUSPENDED_DEADLINE_SECONDS } };
}

/**
 * The patch that resumes a suspended run with its clocks where they stood: it moves the engine's deadline by the time
 * suspended, and the start of a waiting gate's node too, because engines count the gate's timeout from it.
 */
export function resumePatch(draft: Draft, run: Workflow, gate: WorkflowNode | undefined) {
  const { workload, now } = draft.observed;
  const suspendedSeconds = Math.ceil(suspendedMs(draft.status, now) / 1000);
  const spec = { suspend: null, activeDeadlineSeconds: engineDeadlineSeconds(workload) + suspendedSeconds };
  const suspendedAt = parseTime(draft.status.suspension?.since);
  const gateStartedAt = parseTime(gate?.startedAt);
  if (!gate || suspendedAt === undefined || gateStartedAt === undefined) return { spec };
  const startedAt = timestamp(gateStartedAt + Math.max(0, now - Math.max(suspendedAt, gateStartedAt)));
  return { spec, ...nodesPatch(run, gate, { startedAt }) };
}

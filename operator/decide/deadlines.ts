// How long a run may wait for its start and work: clocks that stop at the gate and while the workload is suspended.
import { defaultExecutionSeconds, TIGHT_FACTOR, usualExecutionSeconds } from "@agentic/api/execution.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import { nodesPatch } from "./gate.ts";
import { gateMs, isDone, isGate, startOf } from "./nodes.ts";
import { suspendedMs, waitBegins } from "./suspension.ts";
import { durationMs, parseTime, timestamp } from "./time.ts";
import { engineDeadlineSeconds, executionLimit } from "./workflow.ts";

/** Why a run is to be stopped. */
export interface Overdue {
  reason: "PendingTimeout" | "DeadlineExceeded";
  message: string;
}

/** An engine's deadline that none will reach while a run is suspended: a year. */
const SUSPENDED_DEADLINE_SECONDS = 31_536_000;

/** Says, before it fails by it, that the time given is little for so many URLs. */
export function noteTightTime(draft: Draft): void {
  const { workload } = draft.world;
  const urls = workload.spec.targetUrls.length;
  const usual = usualExecutionSeconds(urls);
  const { text, ms } = executionLimit(workload);
  const isTight = ms < usual * 1000 * TIGHT_FACTOR;
  if (!isTight && !draft.condition(CONDITIONS.timeSuffices)) return;
  if (!isTight) {
    draft.setCondition(CONDITIONS.timeSuffices, "True", "EnoughTime", `${text} (timeouts.execution) do as a rule`);
    return;
  }
  const work = urls === 1 ? "one URL, which takes" : `${urls} URLs, which take`;
  const message = `${text} (timeouts.execution) is little for ${work} ${usual}s or more: left out, it would be ${defaultExecutionSeconds(urls)}s`;
  if (draft.setCondition(CONDITIONS.timeSuffices, "False", "TightDeadline", message))
    draft.event("Warning", "TightDeadline", message);
}

/** Whether the run takes too long to start or to finish; otherwise the draft wakes when it would. */
export function overdue(draft: Draft, run: Workflow, nodes: WorkflowNode[]): Overdue | undefined {
  const { workload, now } = draft.world;
  // A suspended Workflow takes no stop, and its clocks stand still.
  if (workload.spec.suspend || run.spec.suspend) return undefined;
  const started = startOf(run, nodes);
  if (["", "Pending"].includes(run.status?.phase ?? "") || started === undefined) {
    const limit = workload.spec.timeouts?.pending ?? DEFAULTS.pending;
    const end = waitBegins(draft.status, parseTime(run.metadata.creationTimestamp) ?? now) + durationMs(limit);
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

/** The patch that suspends a run. The engine's own deadline must not end meanwhile what is to wait. */
export function suspendPatch() {
  return { spec: { suspend: true, activeDeadlineSeconds: SUSPENDED_DEADLINE_SECONDS } };
}

/**
 * The patch that lets a suspended run go on, with its clocks where they stood: the engine's deadline ends as much later, and
 * so does the wait of a gate, which engines count from its node's start.
 */
export function resumePatch(draft: Draft, run: Workflow, gate: WorkflowNode | undefined) {
  const { workload, now } = draft.world;
  const late = Math.ceil(suspendedMs(draft.status, now) / 1000);
  const spec = { suspend: null, activeDeadlineSeconds: engineDeadlineSeconds(workload) + late };
  const since = parseTime(draft.status.suspension?.since);
  const began = parseTime(gate?.startedAt);
  if (!gate || since === undefined || began === undefined) return { spec };
  const startedAt = timestamp(began + Math.max(0, now - Math.max(since, began)));
  return { spec, ...nodesPatch(run, gate, { startedAt }) };
}

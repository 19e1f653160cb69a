// How long a run has been suspended by spec.suspend: no timeout counts that time.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { Draft } from "./draft.ts";
import { parseTime } from "./time.ts";

/** Records in the status whether the workload is suspended now, so that a restart of the operator loses no time. */
export function noteSuspension(draft: Draft, suspended: boolean): void {
  const { status, observed } = draft;
  const suspension = status.suspension;
  if (suspended && suspension?.since === undefined)
    status.suspension = { seconds: suspension?.seconds ?? 0, since: draft.now };
  if (!suspended && suspension?.since !== undefined)
    status.suspension = { seconds: Math.round(suspendedMs(status, observed.now) / 1000), until: draft.now };
}

/** Milliseconds for which the present run has been suspended up to now. */
export function suspendedMs({ suspension }: AgentWorkloadStatus, now: number): number {
  if (!suspension) return 0;
  const since = parseTime(suspension.since);
  return suspension.seconds * 1000 + (since === undefined ? 0 : Math.max(0, now - since));
}

/** When a wait that began at `since` counts from: from the end of a later suspension (milliseconds since the epoch). */
export function waitStart({ suspension }: AgentWorkloadStatus, since: number): number {
  return Math.max(since, parseTime(suspension?.until) ?? since);
}

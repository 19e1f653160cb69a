// How long a run has stood still by spec.suspend: that time is nobody's delay, so no clock counts it.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { Draft } from "./draft.ts";
import { parseTime } from "./time.ts";

/** Notes in the status whether what the draft is about stands still now; the operator may be gone in between. */
export function noteSuspension(draft: Draft, suspended: boolean): void {
  const { status, world } = draft;
  const known = status.suspension;
  if (suspended && known?.since === undefined) status.suspension = { seconds: known?.seconds ?? 0, since: draft.now };
  if (!suspended && known?.since !== undefined)
    status.suspension = { seconds: Math.round(suspendedMs(status, world.now) / 1000), until: draft.now };
}

/** Milliseconds for which the present run has been suspended up to now. */
export function suspendedMs({ suspension }: AgentWorkloadStatus, now: number): number {
  if (!suspension) return 0;
  const since = parseTime(suspension.since);
  return suspension.seconds * 1000 + (since === undefined ? 0 : Math.max(0, now - since));
}

/** A wait that began at `since` begins anew when a suspension ends (both in milliseconds since the epoch). */
export function waitBegins({ suspension }: AgentWorkloadStatus, since: number): number {
  return Math.max(since, parseTime(suspension?.until) ?? since);
}

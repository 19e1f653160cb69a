// Waiting for a workload: it is looked at once a second, which costs the API server one read of one object.
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { getWorkload, type Session } from "./session.ts";

const INTERVAL_MS = 1_000;

export interface Until {
  holds: (workload: AgentWorkload) => boolean;
  /** Default: for ever. */
  timeoutMs?: number | undefined;
  /** Is told of each look. */
  seen?: (workload: AgentWorkload) => void | Promise<void>;
}

/** The workload once the condition holds, or undefined if the time runs out first. Throws if it is deleted meanwhile. */
export async function until(
  session: Session,
  name: string,
  { holds, timeoutMs = Number.POSITIVE_INFINITY, seen }: Until,
): Promise<AgentWorkload | undefined> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const workload = await getWorkload(session, name);
    await seen?.(workload);
    if (holds(workload)) return workload;
    const left = end - performance.now();
    if (left <= 0) return undefined;
    await sleep(Math.min(INTERVAL_MS, left));
  }
}

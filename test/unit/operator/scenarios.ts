// Lives of a workload that the control loop is to bring to their ends: what comes of each, and what must be true then.
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";

/** What is to come of a workload, and what must be true at its end. */
export interface Scenario {
  name: string;
  spec: Partial<AgentWorkloadSpec>;
  /** What the policy engine says at the gate. */
  allowed?: boolean;
  /** People approve from that many seconds after the start on, each once the one before is recorded. */
  approvedAfter?: number;
  /** Those people. Default: ann. */
  approvers?: readonly string[];
  /** Settings of the tenant beside the usual ones. */
  settings?: Record<string, string>;
  /** Runs that fail before one goes well. */
  failing?: number;
  phase: "Completed" | "Denied" | "Failed";
  /** Workflows that are made in all. */
  workflows: number;
  /** The workload is deleted in the end. */
  deleted?: boolean;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "approved by policy", spec: {}, allowed: true, phase: "Completed", workflows: 1 },
  { name: "denied by policy", spec: {}, allowed: false, phase: "Denied", workflows: 1 },
  {
    name: "approved by a person",
    spec: { approval: { mode: "manual" } },
    approvedAfter: 20,
    phase: "Completed",
    workflows: 1,
  },
  {
    name: "approved by two people",
    spec: { approval: { mode: "manual" } },
    approvedAfter: 20,
    approvers: ["ann", "bob"],
    settings: { quorum: "2" },
    phase: "Completed",
    workflows: 1,
  },
  {
    name: "retried after a failure",
    spec: { retry: { limit: 1, backoff: "5s" } },
    allowed: true,
    failing: 1,
    phase: "Completed",
    workflows: 2,
  },
  {
    name: "deleted after its end",
    spec: { ttlSecondsAfterFinished: 30 },
    allowed: true,
    phase: "Completed",
    workflows: 1,
    deleted: true,
  },
];

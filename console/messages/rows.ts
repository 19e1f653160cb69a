// Workloads in a list, and the stream of it.
import type { WorkloadPhase } from "@agentic/api/phases.ts";
import type { Session } from "./session.ts";

/** A gate that waits for people. */
export interface RowGate {
  since: string;
  /** When unanswered means denied; absent while suspended. */
  expiresAt?: string;
  /** Who has approved already. */
  approvedBy: string[];
  /** How many different people must. */
  required: number;
  /** Whether it is the question of a used-up budget. */
  budget: boolean;
  /** An open question to the submitter. */
  question?: { by: string; text: string; at: string };
}

/** One workload in a list. The same for every visitor. */
export interface WorkloadRow {
  uid: string;
  namespace: string;
  name: string;
  template: string;
  objective: string;
  pages: number;
  phase: WorkloadPhase;
  suspended: boolean;
  /** Being deleted. */
  ending: boolean;
  /** Names of the steps that run or wait. */
  steps: string[];
  progress?: { total: number; succeeded: number; failed: number };
  /** What it waits for or what became of it, in words. */
  says: string;
  createdAt: string;
  startedAt?: string;
  completedAt?: string;
  submittedBy?: string;
  model?: string;
  cost?: { total: string; currency: string; tokens: number };
  confidence?: number;
  /** Runs before this one. */
  attempt: number;
  /** Only while phase is AwaitingApproval and a person is asked. */
  gate?: RowGate;
  failure?: { kind: string; step?: string };
}

/** Whether a row's gate waits for an answer that the visitor may give; the gate itself says it exactly, by four eyes and groups too. */
export function waitsFor(session: Session, row: WorkloadRow): boolean {
  if (!row.gate || !session.signedIn || row.gate.approvedBy.includes(session.user)) return false;
  return session.tenants.some(({ namespace, approve }) => approve && namespace === row.namespace);
}

/**
 * Events of the list's stream by name; each has JSON as its data. A connection begins with snapshots, of which the last has
 * `last: true`; what it doesn't name isn't there. After `unavailable` what is shown may be old, until `available`, after which new
 * snapshots follow only if something was missed. `ended`: the session is over, and nothing more comes; sign in again.
 */
export interface ListEvents {
  snapshot: { rows: WorkloadRow[]; last: boolean };
  changed: WorkloadRow[];
  deleted: { uid: string }[];
  unavailable: { since: string; message: string };
  available: Record<string, never>;
  ended: { reason: "expired" | "refused" };
}

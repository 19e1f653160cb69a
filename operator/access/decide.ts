// Decides what becomes of an AccessRequest: a pure function of the request and the time.
import { type AccessRequest, type AccessStatus, APPROVAL_MINUTES } from "@agentic/api/access-request.ts";

const MINUTE_MS = 60_000;

export interface AccessDecision {
  /** Whether the rights are to be there now. */
  binding: "present" | "absent";
  /** What the status must be before the rights are given, and after they are taken. Absent: as it is. */
  status?: AccessStatus;
  /** Milliseconds until something changes by itself. */
  afterMs?: number;
}

/** What is to be done with a request at this time, milliseconds since the epoch. An end is for good. */
export function decideAccess({ metadata, spec, status = {} }: AccessRequest, now: number): AccessDecision {
  const { phase, expiresAt } = status;
  const at = new Date(now).toISOString();
  const end = (next: "Ended" | "Expired", message: string): AccessDecision => ({
    binding: "absent",
    status: { ...status, phase: next, message, endedAt: at },
  });
  if (phase === "Ended" || phase === "Expired") return { binding: "absent" };
  if (spec.endedBy) return end("Ended", `${spec.endedBy} ended it`);
  if (phase === "Active" && expiresAt) {
    const remainingMs = Date.parse(expiresAt) - now;
    return remainingMs > 0
      ? { binding: "present", afterMs: remainingMs }
      : end("Ended", `its ${spec.minutes} minutes are over`);
  }
  const patience = Date.parse(metadata.creationTimestamp ?? at) + APPROVAL_MINUTES * MINUTE_MS - now;
  if (patience <= 0) return end("Expired", `nobody approved it within ${APPROVAL_MINUTES} minutes`);
  // Admission and the schema see to that, too; what they let through before they were in force is refused here.
  if (spec.approvedBy === spec.requestedBy) return end("Ended", `${spec.requestedBy} can't approve what they ask for`);
  if (!spec.approvedBy) {
    const message = `${spec.requestedBy} asks for ${spec.minutes} minutes in ${spec.namespace}: ${spec.reason}`;
    const isRequested = phase === "Requested";
    return {
      binding: "absent",
      afterMs: patience,
      ...(isRequested ? {} : { status: { ...status, phase: "Requested", message } }),
    };
  }
  const expires = new Date(now + spec.minutes * MINUTE_MS).toISOString();
  return {
    binding: "present",
    afterMs: spec.minutes * MINUTE_MS,
    status: {
      ...status,
      phase: "Active",
      message: `${spec.requestedBy} may act in ${spec.namespace} until ${expires}; ${spec.approvedBy} approved it: ${spec.reason}`,
      approvedAt: at,
      expiresAt: expires,
    },
  };
}

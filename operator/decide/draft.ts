// The next status of a workload while it is being decided: a copy of the present one, with conditions and phase changes.
import type { AgentWorkloadStatus, WorkloadCondition } from "@agentic/api/agentworkload.ts";
import { isFinal, type WorkloadPhase } from "@agentic/api/phases.ts";
import { timestamp } from "@agentic/api/times.ts";
import type { EventNote } from "../kube/events.ts";
import { announce } from "./outbox.ts";
import { remind, type Span } from "./reminders.ts";
import type { Action, Decision, Observed, Question } from "./types.ts";

/** Condition types. */
export const CONDITIONS = {
  /** The spec can be run: valid, its template known, its start allowed. */
  accepted: "Accepted",
  /** The policy engine answers. Present once it was asked. */
  policyAvailable: "PolicyAvailable",
  /** Whether timeouts.execution is likely to be long enough for the URLs. Present once it was doubtful. */
  timeSuffices: "TimeSuffices",
  /** The gate's answer. Present once the gate was reached. */
  approved: "Approved",
  /** Whether what was last changed with an approval was taken. Present once it was not. */
  changesAccepted: "ChangesAccepted",
  /** Whether calls of models have room in the budgets. Present where spec.budget is set, or a budget was used up. */
  withinBudget: "WithinBudget",
  /** Whether the record of what the workload has cost is kept. Present where it could not be written with the workload's end. */
  costRecorded: "CostRecorded",
  /** The workload has reached a final phase; its reason says how. */
  finished: "Finished",
  /** Whether the workload can be deleted after ttlSecondsAfterFinished. Present where something delays that. */
  deletable: "Deletable",
  /** True only for phase Completed. */
  succeeded: "Succeeded",
} as const;

export type ConditionStatus = "True" | "False" | "Unknown";

export class Draft {
  readonly observed: Observed;
  readonly status: AgentWorkloadStatus;
  readonly #actions: Action[] = [];
  readonly #events: EventNote[] = [];
  #wakeAt: number | undefined;

  constructor(observed: Observed) {
    this.observed = observed;
    const { status } = observed.workload;
    this.status = status ? structuredClone(status) : {};
    const generation = observed.workload.metadata.generation;
    if (generation !== undefined) this.status.observedGeneration = generation;
  }

  get now(): string {
    return timestamp(this.observed.now);
  }

  condition(type: string): WorkloadCondition | undefined {
    return this.status.conditions?.find((condition) => condition.type === type);
  }

  /** Sets a condition; its transition time moves only with its status. Returns whether status or reason changed. */
  setCondition(type: string, status: ConditionStatus, reason: string, message: string): boolean {
    const previous = this.condition(type);
    const generation = this.observed.workload.metadata.generation;
    const condition: WorkloadCondition = {
      type,
      status,
      reason,
      message,
      lastTransitionTime: previous?.status === status ? previous.lastTransitionTime : this.now,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    const others = (this.status.conditions ?? []).filter((other) => other.type !== type);
    this.status.conditions = [...others, condition].sort((a, b) => (a.type < b.type ? -1 : 1));
    return previous?.status !== status || previous.reason !== reason;
  }

  /** Enters a phase (or stays in it) with a sentence that describes the workload's state. */
  phase(phase: WorkloadPhase, message: string): this {
    const entered = this.status.phase !== phase;
    this.status.phase = phase;
    this.status.message = message;
    return entered ? this.tell(phase) : this;
  }

  /** Owes the notifications of an event to whoever wants to be told of it. */
  tell(event: string): this {
    const owed = announce(this.observed.workload, event, this.status.notifications, this.now);
    if (owed !== undefined) this.status.notifications = owed;
    return this;
  }

  /** Owes the reminders of a gate that are due, and is decided again when the next is. */
  remind(span: Span): this {
    const { workload, now } = this.observed;
    if (!workload.spec.notify) return this;
    const { owed, wakeAt } = remind(workload, this.status.notifications ?? [], { ...span, now });
    if (owed.length > 0) this.status.notifications = owed;
    return this.wakeAt(wakeAt);
  }

  /** Enters a final phase. `alreadyReported`: an earlier event has given the reason, so this adds none. */
  finish(
    phase: "Completed" | "Failed" | "Denied",
    reason: string,
    message: string,
    { alreadyReported = false }: { alreadyReported?: boolean } = {},
  ): this {
    if (!isFinal(this.status.phase)) {
      this.status.completedAt = this.now;
      if (!alreadyReported) this.event(phase === "Completed" ? "Normal" : "Warning", reason, message);
    }
    delete this.status.currentNode;
    this.setCondition(CONDITIONS.finished, "True", reason, message);
    this.setCondition(CONDITIONS.succeeded, phase === "Completed" ? "True" : "False", reason, message);
    return this.phase(phase, message);
  }

  /** Keeps the workload in phase Pending, with the reason in the condition Accepted. */
  waitPending(reason: string, message: string): this {
    // These waits are intended: no warning, and timeouts.pending does not count them.
    const isExpected = reason === "Suspended" || reason === "ArtifactsInUse";
    const changed = this.setCondition(CONDITIONS.accepted, isExpected ? "Unknown" : "False", reason, message);
    if (changed) this.event(isExpected ? "Normal" : "Warning", reason, message);
    return this.phase("Pending", message);
  }

  /** Refuses the present spec; a changed spec is decided afresh. */
  refuse(phase: "Failed" | "Denied", reason: string, message: string): this {
    this.setCondition(CONDITIONS.accepted, "False", reason, message);
    return this.finish(phase, reason, message);
  }

  event(type: EventNote["type"], reason: string, message: string): void {
    this.#events.push({ type, reason, message });
  }

  act(action: Action): this {
    this.#actions.push(action);
    return this;
  }

  /** Asks for the next reconciliation at this time at the latest (milliseconds since the epoch). */
  wakeAt(ms: number | undefined): this {
    if (ms !== undefined) this.#wakeAt = Math.min(this.#wakeAt ?? Number.POSITIVE_INFINITY, ms);
    return this;
  }

  done(more: { ask?: Question; backoff?: boolean } = {}): Decision {
    return { status: this.status, actions: this.#actions, events: this.#events, wakeAt: this.#wakeAt, ...more };
  }
}

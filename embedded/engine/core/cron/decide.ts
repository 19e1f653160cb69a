// Decides what becomes of a CronWorkflow: a pure function of it, of its Workflows and the time (Argo's workflow/cron/operator.go).
import type { Timetable } from "@agentic/api/cron.ts";
import { timestamp } from "@agentic/api/times.ts";
import { upsert } from "../result.ts";
import { type Library, SpecError, type Workflow } from "../types.ts";
import { libraryWithoutNulls, withoutNulls } from "../unset.ts";
import { checkCronWorkflow } from "./check.ts";
import { childOf } from "./child.ts";
import { evaluateCronExpression, evaluateCronWhen } from "./expression.ts";
import { activeWorkflow, reconciledStatus, unkept, without } from "./status.ts";
import { CRON_KEYS, type CronWorkflow, type CronWorkflowSpec, type CronWorkflowStatus } from "./types.ts";

export type CronProblem = { type: "SpecError" | "SubmissionError"; message: string };

/** What is known of a CronWorkflow from one look at it to the next, while it makes Workflows. Times are milliseconds since the epoch. */
export interface CronMemory {
  /** The schedules to which the times belong. */
  schedule: string;
  /** Up to when the times of its schedules have been looked at. */
  since: number;
  /** The last time for which no Workflow could be made; it isn't tried again. */
  refused?: number;
}

export interface CronObserved {
  cron: CronWorkflow;
  /** Those that it owns. */
  workflows: readonly Workflow[];
  library: Library;
  /** Absent: its times count from now on. */
  memory?: CronMemory | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

export interface CronDecision {
  /** The Workflow to make, and the names of those that are terminated before. */
  start?: { time: number; workflow: Workflow; terminates: readonly string[] };
  /** Workflows that have ended and aren't kept. */
  prune: readonly Workflow[];
  status: CronWorkflowStatus;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** What keeps it from making Workflows. */
  problem?: CronProblem;
  /** The concurrency policy, where it keeps the time that has just come from making a Workflow or has one terminated. */
  limitedBy?: string;
  /** Absent while it makes none: what comes meanwhile isn't made up but by the deadline. */
  memory?: CronMemory;
  /** When its next time comes, milliseconds since the epoch. */
  wakeAt?: number;
}

/** The status with a condition that says why no Workflow is made. One that is not submitted counts as failed. */
export function withProblem(status: CronWorkflowStatus, { type, message }: CronProblem): CronWorkflowStatus {
  const conditions = upsert(status.conditions, { type, status: "True", message });
  return type === "SpecError" ? { ...status, conditions } : { ...status, conditions, failed: (status.failed ?? 0) + 1 };
}

/** The status once a Workflow has been made for a time. */
export function withStarted(status: CronWorkflowStatus, workflow: Workflow, time: number): CronWorkflowStatus {
  const others = (status.active ?? []).filter(({ uid }) => uid !== workflow.metadata.uid);
  return {
    ...without(status, "SubmissionError"),
    active: [...others, activeWorkflow(workflow)],
    lastScheduledTime: timestamp(time),
    phase: "Active",
    succeeded: status.succeeded ?? 0,
    failed: status.failed ?? 0,
  };
}

/** The schedules as Argo writes them into the annotation. */
const scheduleText = ({ schedules = [], timezone }: CronWorkflowSpec): string =>
  schedules.map((schedule) => (timezone ? `CRON_TZ=${timezone} ${schedule}` : schedule)).join(",");

const latestOf = (timetables: readonly Timetable[], after: number, now: number): number | undefined =>
  timetables.reduce<number | undefined>((last, timetable) => {
    const time = timetable.latest(after, now);
    return time !== undefined && time > (last ?? Number.NEGATIVE_INFINITY) ? time : last;
  }, undefined);

/**
 * The time that has been missed since the last one and may still be made up: with a deadline alone, and unless the schedules are others
 * by now.
 */
function missedTime({ cron, now }: CronObserved, timetables: readonly Timetable[]): number | undefined {
  const { startingDeadlineSeconds: deadline } = cron.spec;
  const last = Date.parse(cron.status?.lastScheduledTime ?? "");
  const isSameSchedule = cron.metadata.annotations?.[CRON_KEYS.lastUsedSchedule] === scheduleText(cron.spec);
  if (deadline === undefined || Number.isNaN(last) || !isSameSchedule) return undefined;
  const time = latestOf(timetables, last, now);
  return time !== undefined && now < time + deadline * 1000 ? time : undefined;
}

class Decider {
  readonly #observed: CronObserved;
  readonly #decision: CronDecision;

  constructor(observed: CronObserved) {
    this.#observed = { ...observed, cron: withoutNulls(observed.cron), library: libraryWithoutNulls(observed.library) };
    const { cron, workflows } = this.#observed;
    this.#decision = {
      prune: unkept(cron, workflows),
      status: reconciledStatus(cron, workflows),
      labels: {},
      annotations: {},
    };
  }

  decide(): CronDecision {
    const decision = this.#decision;
    const { cron, library } = this.#observed;
    let timetables: Timetable[];
    try {
      timetables = checkCronWorkflow(cron, library);
      decision.status = without(decision.status, "SpecError");
      this.#stop();
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.#problem({ type: "SpecError", message: error.message });
      return decision;
    }
    const isStopped = decision.status.phase === "Stopped" || cron.metadata.labels?.[CRON_KEYS.completed] === "true";
    if (isStopped || cron.spec.suspend) return decision;
    const memory = this.#time(timetables);
    decision.memory = memory;
    const next = timetables.map((timetable) => timetable.next(memory.since)).filter((time) => time !== undefined);
    if (next.length > 0) decision.wakeAt = Math.min(...next);
    return decision;
  }

  #problem(problem: CronProblem): void {
    this.#decision.problem = problem;
    this.#decision.status = withProblem(this.#decision.status, problem);
  }

  /** Stops it for good where its strategy says so. */
  #stop(): void {
    const { status } = this.#decision;
    const { cron, now } = this.#observed;
    const { expression } = cron.spec.stopStrategy ?? {};
    if (!expression || status.phase === "Stopped") return;
    let holds: boolean;
    try {
      holds = evaluateCronExpression(expression, { ...cron, status }, now);
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      throw new SpecError(`spec.stopStrategy.expression: ${error.message}`);
    }
    if (!holds) return;
    this.#decision.status = { ...status, phase: "Stopped" };
    this.#decision.labels = { [CRON_KEYS.completed]: "true" };
  }

  /** Makes the Workflow of the time that has come, unless something keeps it from that. */
  #time(timetables: readonly Timetable[]): CronMemory {
    const decision = this.#decision;
    const { cron, memory: before, now } = this.#observed;
    const schedule = scheduleText(cron.spec);
    const memory = before?.schedule === schedule ? before : { schedule, since: now };
    const come = latestOf(timetables, memory.since, now);
    const due = come ?? missedTime(this.#observed, timetables);
    const after = { ...memory, since: come ?? memory.since };
    if (due === undefined || due <= (memory.refused ?? Number.NEGATIVE_INFINITY)) return after;
    if (cron.metadata.annotations?.[CRON_KEYS.lastUsedSchedule] !== schedule)
      decision.annotations = { [CRON_KEYS.lastUsedSchedule]: schedule };
    const { when, concurrencyPolicy = "" } = cron.spec;
    try {
      if (when && !evaluateCronWhen(when, { ...cron, status: decision.status }, now)) return after;
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.#problem({ type: "SubmissionError", message: `run policy error: spec.when: ${error.message}` });
      return { ...after, refused: due };
    }
    const active = (decision.status.active ?? []).map(({ name }) => name);
    if (active.length > 0 && concurrencyPolicy !== "Allow" && concurrencyPolicy !== "") {
      if (come !== undefined) decision.limitedBy = concurrencyPolicy;
      if (concurrencyPolicy === "Forbid") return after;
    }
    const terminates = concurrencyPolicy === "Replace" ? active : [];
    decision.start = { time: due, workflow: childOf(cron, due), terminates };
    return after;
  }
}

/** What is to be done with a CronWorkflow now. It does no I/O, reads no clock, and changes none of its arguments. */
export const decideCron = (observed: CronObserved): CronDecision => new Decider(observed).decide();

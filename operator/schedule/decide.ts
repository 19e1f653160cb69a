// Decides what becomes of a schedule: a pure function of it, of its workloads and the time. Missed times are as Kubernetes' CronJob has them.
import type { AgentSchedule, AgentScheduleStatus } from "@agentic/api/agentschedule.ts";
import { parseCron, type Timetable } from "@agentic/api/cron.ts";
import { dueTime, MANY_MISSED } from "@agentic/api/missed-times.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { MAX_LISTED, SCHEDULE_DEFAULTS } from "@agentic/api/schedule-names.ts";
import { timestamp } from "@agentic/api/times.ts";
import { parseTime } from "../decide/time.ts";
import type { EventNote } from "../kube/events.ts";

/** What is known of a workload that the schedule owns. Times are milliseconds since the epoch. */
export interface ScheduledWorkload {
  name: string;
  uid: string;
  phase: string | undefined;
  scheduledAt: number | undefined;
  completedAt: number | undefined;
  /** Whether it is being deleted. */
  deleting: boolean;
}

export interface ScheduleObserved {
  schedule: AgentSchedule;
  workloads: readonly ScheduledWorkload[];
  /** Why the API server has not had the workload that was due. */
  refusal?: string | undefined;
  now: number;
}

export interface ScheduleDecision {
  /** The workload to make, and those that are deleted before. */
  start?: { time: number; replaces: readonly ScheduledWorkload[] };
  /** Workloads that have ended and aren't kept. */
  prune: readonly ScheduledWorkload[];
  status: AgentScheduleStatus;
  events: readonly EventNote[];
  /** Times that have been missed and are told of now. */
  missed: number;
  /** When something changes by itself. */
  wakeAt?: number;
}

/** The one condition: whether workloads are made at their times. */
const READY = "Ready";

class Draft {
  readonly #observed: ScheduleObserved;
  readonly status: AgentScheduleStatus;
  readonly events: EventNote[] = [];
  missed = 0;

  constructor(observed: ScheduleObserved) {
    this.#observed = observed;
    const { status = {}, metadata } = observed.schedule;
    const { active: _, nextScheduleTime: __, ...before } = status;
    this.status = {
      ...before,
      ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    };
  }

  event(type: EventNote["type"], reason: string, message: string): void {
    this.events.push({ type, reason, message });
  }

  ready(status: "True" | "False", reason: string, message: string): void {
    const { schedule, now } = this.#observed;
    const before = schedule.status?.conditions?.find(({ type }) => type === READY);
    const isSame = before?.status === status && before.reason === reason;
    const lastTransitionTime = isSame ? before.lastTransitionTime : timestamp(now);
    this.status.conditions = [{ type: READY, status, reason, message, lastTransitionTime }];
  }
}

/** What is to be done with a schedule now. */
export function decideSchedule(observed: ScheduleObserved): ScheduleDecision {
  const { schedule, workloads, now } = observed;
  const { cron, timeZone = SCHEDULE_DEFAULTS.timeZone, suspend = false } = schedule.spec.schedule;
  const draft = new Draft(observed);
  const unfinished = workloads.filter(({ phase, deleting }) => !isFinal(phase) && !deleting);
  noteWorkloads(draft.status, workloads, unfinished);
  const prune = unkept(observed);
  const done = (more: Pick<ScheduleDecision, "start" | "wakeAt"> = {}): ScheduleDecision => {
    const { status, events, missed } = draft;
    return { prune, status, events, missed, ...more };
  };
  const parsed = parseCron(cron, timeZone);
  if ("error" in parsed) {
    const message = `spec.schedule.${parsed.field}: ${parsed.error}`;
    draft.ready("False", "InvalidSchedule", message);
    draft.event("Warning", "InvalidSchedule", message);
    return done();
  }
  if (suspend) {
    draft.ready("False", "Suspended", "suspended by spec.schedule.suspend: no workloads are made");
    return done();
  }
  const { timetable } = parsed;
  const next = timetable.next(now);
  if (next !== undefined) draft.status.nextScheduleTime = timestamp(next);
  const due = dueNow(observed, timetable, draft);
  if (due === undefined) {
    draft.ready("True", "Scheduled", "workloads are made at their times");
    return done({ ...(next === undefined ? {} : { wakeAt: next }) });
  }
  return startOf(observed, draft, { due, next, unfinished }, done);
}

/** What the status says of the workloads. */
function noteWorkloads(
  status: AgentScheduleStatus,
  workloads: readonly ScheduledWorkload[],
  unfinished: readonly ScheduledWorkload[],
): void {
  const newest = [...unfinished].sort((a, b) => (b.scheduledAt ?? 0) - (a.scheduledAt ?? 0)).slice(0, MAX_LISTED);
  status.active = newest.map(({ name, scheduledAt }) => ({
    name,
    ...(scheduledAt === undefined ? {} : { scheduledTime: timestamp(scheduledAt) }),
  }));
  status.activeCount = unfinished.length;
  const completed = workloads.filter(({ phase }) => phase === "Completed").map(({ completedAt = 0 }) => completedAt);
  const last = Math.max(parseTime(status.lastSuccessfulTime) ?? 0, ...completed);
  if (last > 0) status.lastSuccessfulTime = timestamp(last);
}

/** The workloads beyond the history's limits, oldest first. */
function unkept({ schedule, workloads }: ScheduleObserved): ScheduledWorkload[] {
  const { successful = SCHEDULE_DEFAULTS.successful, failed = SCHEDULE_DEFAULTS.failed } =
    schedule.spec.schedule.historyLimits ?? {};
  const beyond = (limit: number, phases: readonly string[]) =>
    workloads
      .filter(({ phase = "", deleting }) => phases.includes(phase) && !deleting)
      .sort((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0) || (b.scheduledAt ?? 0) - (a.scheduledAt ?? 0))
      .slice(limit);
  return [...beyond(successful, ["Completed"]), ...beyond(failed, ["Failed", "Denied"])].reverse();
}

/** From when on it is too late for a time, in whole seconds as the deadline is; never without one. */
const tooLateAt = (time: number, { startingDeadlineSeconds: deadline }: AgentSchedule["spec"]["schedule"]): number =>
  deadline === undefined ? Number.POSITIVE_INFINITY : time + (deadline + 1) * 1000;

/** The time that a workload is to be made for now, if there is one; notes those that have been missed. */
function dueNow({ schedule, now }: ScheduleObserved, timetable: Timetable, draft: Draft): number | undefined {
  const { startingDeadlineSeconds: deadline } = schedule.spec.schedule;
  const { lastScheduleTime, lastMissedTime } = schedule.status ?? {};
  const begin = parseTime(lastScheduleTime) ?? parseTime(schedule.metadata.creationTimestamp) ?? now;
  const since = Math.max(begin, parseTime(lastMissedTime) ?? 0);
  const { time, count } = dueTime(timetable, since, now);
  if (time === undefined) return undefined;
  if (tooLateAt(time, schedule.spec.schedule) <= now) {
    draft.missed = count;
    draft.status.lastMissedTime = timestamp(time);
    draft.event(
      "Warning",
      "MissedSchedule",
      `no workload is made for ${timestamp(time)}: that is more than startingDeadlineSeconds (${deadline}) ago`,
    );
    return undefined;
  }
  if (count > MANY_MISSED)
    draft.event(
      "Warning",
      "TooManyMissedTimes",
      `more than ${MANY_MISSED} times have been missed until ${timestamp(time)}: set or decrease startingDeadlineSeconds, or check the clocks`,
    );
  draft.missed = count - 1;
  return time;
}

interface Due {
  due: number;
  next: number | undefined;
  unfinished: readonly ScheduledWorkload[];
}

/** Makes the workload that is due, or says why it has to wait. */
function startOf(
  { schedule, refusal }: ScheduleObserved,
  draft: Draft,
  { due, next, unfinished }: Due,
  done: (more: Pick<ScheduleDecision, "start" | "wakeAt">) => ScheduleDecision,
): ScheduleDecision {
  const { concurrencyPolicy = SCHEDULE_DEFAULTS.concurrencyPolicy } = schedule.spec.schedule;
  const wait = { wakeAt: Math.min(tooLateAt(due, schedule.spec.schedule), next ?? Number.POSITIVE_INFINITY) };
  const waiting = Number.isFinite(wait.wakeAt) ? wait : {};
  const time = timestamp(due);
  // What is told of with the workload that is made isn't missed yet while that waits: the next time may take its place.
  if (refusal !== undefined) {
    draft.missed = 0;
    draft.ready("False", "StartRefused", `the workload for ${time} can't be made: ${refusal}`);
    draft.event("Warning", "StartRefused", `the workload for ${time} can't be made: ${refusal}`);
    return done(waiting);
  }
  if (concurrencyPolicy === "Forbid" && unfinished.length > 0) {
    draft.missed = 0;
    const message = `the workload for ${time} waits until ${unfinished.map(({ name }) => name).join(", ")} has ended, since concurrencyPolicy is Forbid`;
    draft.ready("True", "Waiting", message);
    draft.event("Normal", "AlreadyActive", message);
    return done(waiting);
  }
  draft.status.lastScheduleTime = time;
  draft.ready("True", "Scheduled", "workloads are made at their times");
  return done({ start: { time: due, replaces: concurrencyPolicy === "Replace" ? unfinished : [] } });
}

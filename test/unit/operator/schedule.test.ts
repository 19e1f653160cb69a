// What becomes of a schedule at each time, whatever happened before.
import type { AgentSchedule, AgentScheduleStatus } from "@agentic/api/agentschedule.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeParameters } from "../../../operator/decide/parameters.ts";
import { decideSchedule, type ScheduledWorkload } from "../../../operator/schedule/decide.ts";

import { TEMPLATE, TENANT, workload } from "./observed.ts";

const ms = (time: string) => Date.parse(`2026-11-30T${time}Z`);
const iso = (time: string) => `2026-11-30T${time}Z`;

function schedule(
  fields: Partial<AgentSchedule["spec"]["schedule"]> = {},
  status: AgentScheduleStatus = {},
): AgentSchedule {
  return {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentSchedule",
    metadata: { name: "digest", namespace: "tenant-demo", uid: "s", creationTimestamp: iso("05:30:00"), generation: 1 },
    spec: {
      schedule: { cron: "0 * * * *", ...fields },
      workload: { spec: { objective: "x", targetUrls: ["https://example.com/"] } },
    },
    status,
  };
}

function made(hour: number, phase?: string): ScheduledWorkload {
  const time = ms(`${String(hour).padStart(2, "0")}:00:00`);
  return {
    name: `digest-${hour}`,
    uid: `u${hour}`,
    phase,
    scheduledAt: time,
    completedAt: phase && phase !== "Running" ? time + 60_000 : undefined,
    deleting: false,
  };
}

/** What is decided, in short. */
function decided(subject: AgentSchedule, now: string, workloads: ScheduledWorkload[] = [], refusal?: string) {
  const { start, prune, status, events, missed, wakeAt } = decideSchedule({
    schedule: subject,
    workloads,
    refusal,
    now: ms(now),
  });
  const ready = status.conditions?.[0];
  return {
    start: start && new Date(start.time).toISOString().slice(11, 16),
    replaces: start?.replaces.map(({ name }) => name),
    prune: prune.map(({ name }) => name),
    ready: `${ready?.status} ${ready?.reason}`,
    message: ready?.message,
    events: events.map(({ reason }) => reason),
    missed,
    status,
    wakeAt: wakeAt === undefined ? undefined : new Date(wakeAt).toISOString().slice(11, 19),
  };
}

describe("a schedule", () => {
  it("waits for its next time", () => {
    const { start, ready, wakeAt, status } = decided(schedule(), "05:45:10");
    expect({ start, ready, wakeAt }).toEqual({ start: undefined, ready: "True Scheduled", wakeAt: "06:00:00" });
    expect(status).toMatchObject({ nextScheduleTime: iso("06:00:00"), active: [], activeCount: 0 });
  });

  it("makes a workload at its time, and none for it again", () => {
    const first = decided(schedule(), "06:00:00");
    expect(first).toMatchObject({ start: "06:00", missed: 0, status: { lastScheduleTime: iso("06:00:00") } });
    expect(decided(schedule({}, first.status), "06:00:01")).toMatchObject({ start: undefined, wakeAt: "07:00:00" });
  });

  it("makes up the last of several missed times, and says how many those before are", () => {
    const late = decided(schedule({}, { lastScheduleTime: iso("06:00:00") }), "10:20:00");
    expect(late).toMatchObject({ start: "10:00", missed: 3, events: [] });
  });

  it("says so where more than a hundred have been missed", () => {
    const late = decided(schedule({ cron: "* * * * *" }, { lastScheduleTime: iso("06:00:00") }), "10:20:30");
    expect(late).toMatchObject({ start: "10:20", missed: 100, events: ["TooManyMissedTimes"] });
  });

  it.each([
    ["within its deadline", 120, "06:02:00", "06:00"],
    ["in the last second of its deadline", 0, "06:00:00", "06:00"],
  ])("makes up a time %s", (_, startingDeadlineSeconds, now, start) => {
    expect(decided(schedule({ startingDeadlineSeconds }), now)).toMatchObject({ start, events: [] });
  });

  it("makes up nothing after its deadline, and tells of it once", () => {
    const late = decided(schedule({ startingDeadlineSeconds: 120 }), "06:02:01");
    expect(late).toMatchObject({ start: undefined, missed: 1, events: ["MissedSchedule"], ready: "True Scheduled" });
    expect(late.status.lastMissedTime).toBe(iso("06:00:00"));
    const again = decided(schedule({ startingDeadlineSeconds: 120 }, late.status), "06:02:02");
    expect(again).toMatchObject({ start: undefined, missed: 0, events: [], wakeAt: "07:00:00" });
  });

  it("makes none while it is suspended, and the last missed one once it isn't", () => {
    const suspended = decided(schedule({ suspend: true }), "09:10:00");
    expect(suspended).toMatchObject({ start: undefined, ready: "False Suspended", wakeAt: undefined });
    expect(suspended.status).not.toHaveProperty("nextScheduleTime");
    expect(decided(schedule({}, suspended.status), "09:10:01")).toMatchObject({ start: "09:00" });
  });

  it("makes one beside those that run by default", () => {
    expect(decided(schedule(), "07:00:00", [made(6, "Running")])).toMatchObject({ start: "07:00", replaces: [] });
  });

  it("waits with Forbid until the one before has ended", () => {
    const forbid = schedule({ concurrencyPolicy: "Forbid" }, { lastScheduleTime: iso("06:00:00") });
    const waits = decided(forbid, "07:00:00", [made(6, "Running")]);
    expect(waits).toMatchObject({
      start: undefined,
      ready: "True Waiting",
      events: ["AlreadyActive"],
      wakeAt: "08:00:00",
    });
    expect(waits.message).toContain("the workload for 2026-11-30T07:00:00Z waits until digest-6 has ended");
    expect(decided(forbid, "07:25:00", [made(6, "Denied")])).toMatchObject({ start: "07:00" });
    expect(decided(forbid, "07:25:00", [{ ...made(6), deleting: true }])).toMatchObject({ start: "07:00" });
  });

  it("gives up with Forbid at the deadline", () => {
    const forbid = schedule({ concurrencyPolicy: "Forbid", startingDeadlineSeconds: 300 });
    expect(decided(forbid, "06:01:00", [made(5, "Running")])).toMatchObject({ wakeAt: "06:05:01" });
    expect(decided(forbid, "06:05:01", [made(5, "Running")])).toMatchObject({
      events: ["MissedSchedule"],
      wakeAt: "07:00:00",
    });
  });

  it("replaces with Replace what has not ended", () => {
    const replace = schedule({ concurrencyPolicy: "Replace" });
    const workloads = [made(5, "Completed"), made(6, "Running"), made(4)];
    expect(decided(replace, "07:00:00", workloads)).toMatchObject({
      start: "07:00",
      replaces: ["digest-6", "digest-4"],
    });
  });

  it("keeps the newest of each end that the limits allow, and all that have not ended", () => {
    const workloads = [
      ...[1, 2, 3, 4, 5].map((hour) => made(hour, "Completed")),
      made(6, "Failed"),
      made(7, "Denied"),
      made(8, "Failed"),
      made(9, "Running"),
      { ...made(0, "Completed"), deleting: true },
    ];
    expect(decided(schedule(), "09:30:00", workloads).prune).toEqual(["digest-6", "digest-7", "digest-1", "digest-2"]);
    const none = schedule({ historyLimits: { successful: 0, failed: 0 } });
    expect(decided(none, "09:30:00", workloads).prune).toHaveLength(8);
    expect(decided(none, "09:30:00", workloads).prune).not.toContain("digest-9");
  });

  it("says what runs, and when one was last Completed", () => {
    const workloads = [made(6, "Completed"), made(7, "Failed"), made(8, "AwaitingApproval")];
    const { status } = decided(schedule({}, { lastScheduleTime: iso("08:00:00") }), "08:30:00", workloads);
    expect(status).toMatchObject({
      active: [{ name: "digest-8", scheduledTime: iso("08:00:00") }],
      activeCount: 1,
      lastSuccessfulTime: iso("06:01:00"),
    });
    // It stays once that workload is gone.
    expect(decided(schedule({}, status), "08:31:00").status.lastSuccessfulTime).toBe(iso("06:01:00"));
  });

  it.each([
    ["an expression that never comes", { cron: "0 0 30 2 *" }, "spec.schedule.cron: '0 0 30 2 *' never comes"],
    ["a zone that isn't known", { timeZone: "Mars/Olympus" }, "spec.schedule.timeZone: 'Mars/Olympus' is unknown"],
  ])("says what is wrong with %s", (_, fields, words) => {
    const wrong = decided(schedule(fields), "06:00:00");
    expect(wrong).toMatchObject({
      start: undefined,
      ready: "False InvalidSchedule",
      events: ["InvalidSchedule"],
      wakeAt: undefined,
    });
    expect(wrong.message).toContain(words);
  });

  it("says why the API server refuses the workload, and tries until the time is over", () => {
    const subject = schedule({ startingDeadlineSeconds: 60 });
    const refused = decided(subject, "06:00:10", [], "exceeded quota");
    expect(refused).toMatchObject({ ready: "False StartRefused", events: ["StartRefused"], wakeAt: "06:01:01" });
    expect(refused.message).toBe("the workload for 2026-11-30T06:00:00Z can't be made: exceeded quota");
    expect(refused.status.lastScheduleTime).toBeUndefined();
    expect(decided(schedule({}, refused.status), "06:00:12")).toMatchObject({
      start: "06:00",
      ready: "True Scheduled",
    });
  });

  it("keeps the time at which its condition changed", () => {
    const before = decided(schedule(), "05:40:00").status;
    const [condition] = decided(schedule({}, before), "05:50:00").status.conditions ?? [];
    expect(condition?.lastTransitionTime).toBe(iso("05:40:00"));
  });

  it("makes at most one workload a time, in order, whenever it is looked at", () => {
    const policy = fc.constantFrom("Allow" as const, "Forbid" as const, "Replace" as const);
    fc.assert(
      fc.property(
        policy,
        fc.option(fc.integer({ min: 0, max: 7200 }), { nil: undefined }),
        fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 20 }),
        (concurrencyPolicy, deadline, waits) => {
          let status: AgentScheduleStatus = {};
          let now = ms("05:30:00");
          let last = 0;
          for (const wait of waits) {
            now += wait * 1000;
            const subject = schedule(
              { concurrencyPolicy, ...(deadline === undefined ? {} : { startingDeadlineSeconds: deadline }) },
              status,
            );
            const decision = decideSchedule({ schedule: subject, workloads: [], now });
            status = decision.status;
            if (!decision.start) continue;
            expect(decision.start.time).toBeGreaterThan(last);
            expect(decision.start.time).toBeLessThanOrEqual(now);
            if (deadline !== undefined) expect(now - decision.start.time).toBeLessThan((deadline + 1) * 1000);
            last = decision.start.time;
          }
        },
      ),
    );
  });
});

it("its time is a parameter of the templates that ask for it", () => {
  const template = {
    ...TEMPLATE,
    spec: { arguments: { parameters: [...(TEMPLATE.spec.arguments?.parameters ?? []), { name: "scheduled_time" }] } },
  };
  const timeOf = (annotations: Record<string, string>) => {
    const subject = workload({});
    const merged = mergeParameters({ ...subject, metadata: { ...subject.metadata, annotations } }, template, TENANT);
    return merged.ok ? merged.parameters.find(({ name }) => name === "scheduled_time")?.value : merged.errors;
  };
  expect(timeOf({ "agentic.io/scheduled-at": iso("06:00:00") })).toBe(iso("06:00:00"));
  expect(timeOf({})).toBe("");
  const own = mergeParameters(workload({ parameters: { scheduled_time: "now" } }), template, TENANT);
  expect(own).toMatchObject({
    ok: false,
    errors: ["spec.parameters.scheduled_time: is set by the platform; leave it out"],
  });
});

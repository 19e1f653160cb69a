// Everything that can go wrong between a schedule's controller and the API server, one after the other: each time gets its one workload.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../../kube/client/api-error.ts";
import type { Fault } from "./memory-api.ts";
import { NAMESPACE, playSchedule, type ScheduleLife, type ScheduleTrouble } from "./schedule-life.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const before = (status: number, reason: string): Fault => ({
  when: "before",
  error: new ApiError({ status, reason, message: reason }),
});
const timeout = () => Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });

/** What is tried at each call. */
const ANSWERS = {
  "the process is killed before the call": () => "kill before" as const,
  "the process is killed after the call": () => "kill after" as const,
  "409": () => before(409, "Conflict"),
  "429": () => before(429, "TooManyRequests"),
  "500": () => before(500, "InternalError"),
  "no answer, and nothing done": (): Fault => ({ when: "before", error: timeout() }),
  "no answer, but done": (): Fault => ({ when: "after", error: timeout() }),
};

const TIMES = ["0600", "0603", "0606", "0609"].map((time) => `digest-20261130-${time}`);

/** The workloads in the end: two that have ended are kept, and the last has ended, too. */
function check(life: ScheduleLife, what: string): void {
  const { made, left, schedule } = life;
  expect({
    what,
    made,
    left: left.map(({ metadata }) => metadata.name),
    last: schedule.status?.lastScheduleTime,
    active: schedule.status?.activeCount,
    ready: schedule.status?.conditions?.map(({ status }) => status),
  }).toEqual({
    what,
    made: TIMES,
    left: ["digest-20261130-0603", "digest-20261130-0606", "digest-20261130-0609"],
    last: "2026-11-30T06:09:00Z",
    active: 1,
    ready: ["True"],
  });
}

describe("a schedule", () => {
  it("makes its workloads, keeps what it is to keep, and says so", async () => {
    const life = await playSchedule({});
    check(life, "nothing");
    expect(life.events.filter((reason) => reason === "WorkloadMade")).toHaveLength(4);
    const [workload] = life.left;
    expect(workload).toMatchObject({
      metadata: {
        labels: { team: "research", "agentic.io/schedule": "digest" },
        annotations: {
          note: "daily",
          "agentic.io/scheduled-at": "2026-11-30T06:03:00Z",
          "agentic.io/submitted-by": "sam@acme.example",
        },
        ownerReferences: [{ kind: "AgentSchedule", name: "digest", uid: life.schedule.metadata.uid, controller: true }],
      },
      spec: { objective: "what is new", jobId: "digest-20261130-0603" },
    });
    expect(await life.metrics.scheduled.get()).toMatchObject({
      values: [{ labels: { result: "made" }, value: 4 }, { value: 0 }],
    });
  });

  it.each(Object.entries(ANSWERS))(
    "has one workload a time with this at each call in turn: %s",
    async (name, answer) => {
      const { calls } = await playSchedule({});
      expect(calls).toBeGreaterThan(20);
      for (let callNumber = 1; callNumber <= calls; callNumber++) {
        const trouble: ScheduleTrouble = { faultAt: (count) => (count === callNumber ? answer() : undefined) };
        check(await playSchedule({}, trouble), `${name} at call ${callNumber}`);
      }
    },
  );

  it("has one workload a time where two operators take themselves for the leader", async () => {
    check(await playSchedule({}, { processes: 2 }), "two");
  });

  it("makes up the last missed time, as the same job, and counts those that nobody makes up", async () => {
    const { made, metrics } = await playSchedule({}, { awaySeconds: 500 });
    expect(made).toEqual(["digest-20261130-0606", "digest-20261130-0609"].slice(0, made.length));
    expect(made[0]).toBe("digest-20261130-0606");
    expect((await metrics.missedTimes.get()).values).toEqual([{ labels: { tenant: NAMESPACE }, value: 2 }]);
  });

  it("takes what a person has made by that name for its own time's", async () => {
    const before: ScheduleTrouble["before"] = (api) =>
      void api.create(`/apis/agentic.io/v1alpha1/namespaces/${NAMESPACE}/agentworkloads`, {
        metadata: { name: "digest-20261130-0600" },
        spec: {},
      });
    const { made, schedule } = await playSchedule({}, { before });
    expect(made).toEqual(TIMES);
    expect(schedule.status?.lastScheduleTime).toBe("2026-11-30T06:09:00Z");
  });

  it("waits out a refusal, with the reason in its condition", async () => {
    const until = Date.parse("2026-11-30T06:01:00Z");
    const faultAt: ScheduleTrouble["faultAt"] = (_, { verb, path }) =>
      verb === "create" && path.includes("agentworkloads") && Date.now() < until
        ? before(403, "exceeded quota")
        : undefined;
    const life = await playSchedule({}, { faultAt });
    check(life, "refused");
    expect(life.events).toContain("StartRefused");
  });
});

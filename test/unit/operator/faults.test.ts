// Everything that can go wrong between the operator and the API server, one after the other: whatever happens, a workload gets
// its one Workflow a run and comes to its right end, and nothing is left.
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "../../../kube/client/api-error.ts";
import { type FaultPlan, playScenario, type ScenarioResult } from "./life.ts";
import type { Disturb, Fault, WatchEvent } from "./memory-api.ts";
import { START } from "./observed.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const timeout = () => Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });
const before = (error: Error): Fault => ({ when: "before", error });

/** What is tried at each call. */
const ANSWERS = {
  "the process is killed before the call": () => "kill before" as const,
  "the process is killed after the call": () => "kill after" as const,
  "409": () => before(new ApiError({ status: 409, reason: "Conflict", message: "the object has been modified" })),
  "429": () =>
    before(new ApiError({ status: 429, reason: "TooManyRequests", message: "slow down", retryAfterMs: 2000 })),
  "500": () => before(new ApiError({ status: 500, reason: "InternalError", message: "etcd is away" })),
  "no answer, and nothing done": () => before(timeout()),
  "no answer, but done": (): Fault => ({ when: "after", error: timeout() }),
};

/** Lives that were tried, for the record. */
const counts = { points: 0, lives: 0 };

function check(scenario: Scenario, life: ScenarioResult, what: string): void {
  const { phase, workflows, deleted, pending, message, records, answers } = life;
  expect({
    what,
    phase,
    message,
    answers,
    workflows: workflows.length,
    distinct: new Set(workflows).size,
    deleted,
    pending,
    // Whoever could not write down the end writes the record again: the ledger keeps a workload's first.
    recorded: new Set(records.map(({ uid, phase: end, cost }) => JSON.stringify([uid, end, cost]))).size,
  }).toEqual({
    what,
    phase: scenario.phase,
    message: expect.any(String),
    answers: scenario.approvedAfter === undefined ? [] : (scenario.approvers ?? ["ann"]),
    workflows: scenario.workflows,
    distinct: scenario.workflows,
    deleted: scenario.deleted ?? false,
    pending: 0,
    recorded: scenario.workflows > 0 ? 1 : 0,
  });
  counts.lives++;
}

describe.each(SCENARIOS)("a workload that is $name", (scenario) => {
  it("comes to its end undisturbed", async () => {
    check(scenario, await playScenario(scenario), "nothing");
  });

  it.each(Object.entries(ANSWERS))("comes to the same end with this at each call in turn: %s", async (name, answer) => {
    const { calls } = await playScenario(scenario);
    expect(calls).toBeGreaterThan(10);
    for (let callNumber = 1; callNumber <= calls; callNumber++) {
      const trouble: FaultPlan = { faultAt: (count) => (count === callNumber ? answer() : undefined) };
      check(scenario, await playScenario(scenario, trouble), `${name} at call ${callNumber}`);
      counts.points++;
    }
  });

  it("comes to the same end where every third call fails", async () => {
    const trouble: FaultPlan = { faultAt: (count) => (count % 3 === 0 ? ANSWERS["500"]() : undefined) };
    check(scenario, await playScenario(scenario, trouble), "every third");
  });

  it.each(Object.entries(disturbances()))("comes to the same end with watches that %s", async (name, disturb) => {
    check(scenario, await playScenario(scenario, { disturb }), name);
  });
});

describe("a Workflow that the API server will not have", () => {
  const scenario: Scenario = {
    name: "refused",
    spec: { timeouts: { pending: "90s" } },
    phase: "Failed",
    workflows: 0,
  };
  const refusal = (error: ApiError): FaultPlan => ({
    faultAt: (_, { verb, path }) =>
      verb === "create" && path.endsWith("/workflows") ? { when: "before", error } : undefined,
  });

  // A webhook chooses the status of its refusal; one that can't be reached is a 500.
  it.each([400, 403, 404, 409, 413, 418, 422, 500])(
    "is told in the reason's words, for as long as it may wait: HTTP %i",
    async (status) => {
      const message = 'admission webhook "owner.example" denied the request: label owner is missing';
      const life = await playScenario(scenario, refusal(new ApiError({ status, message })));
      check(scenario, life, message);
      expect(life.message).toContain(`the Workflow can't be created: ${message}`);
      expect(life.seconds).toBeLessThan(130);
    },
  );

  it("is made once it may be", async () => {
    const message = "exceeded quota: count/workflows.argoproj.io";
    const trouble: FaultPlan = {
      faultAt: (_, { verb, path }) => {
        const isRefused = verb === "create" && path.endsWith("/workflows") && Date.now() < START + 60_000;
        return isRefused ? { when: "before", error: new ApiError({ status: 403, message }) } : undefined;
      },
    };
    const approved: Scenario = { ...scenario, allowed: true, phase: "Completed", workflows: 1 };
    check(approved, await playScenario(approved, trouble), message);
  });
});

/** What watches do to their events. */
function disturbances(): Record<string, Disturb> {
  return {
    "bring events five seconds late": async function* (events) {
      for await (const event of events) {
        await new Promise((resolve) => setTimeout(resolve, 5000));
        yield event;
      }
    },
    "bring every event twice": async function* (events) {
      for await (const event of events) {
        yield event;
        yield structuredClone(event);
      }
    },
    "bring older events again": async function* (events) {
      const delivered: WatchEvent[] = [];
      for await (const event of events) {
        yield event;
        const old = delivered.at(-2);
        if (old && old.type !== "DELETED" && event.type !== "DELETED") yield structuredClone(old);
        delivered.push(structuredClone(event));
      }
    },
    "break after every second event": async function* (events) {
      let count = 0;
      for await (const event of events) {
        yield event;
        if (++count % 2 === 0) throw Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
      }
    },
    "lose an event and say that their version is too old": async function* (events) {
      let count = 0;
      for await (const event of events) {
        if (++count % 3 !== 0) yield event;
        else throw new ApiError({ status: 410, reason: "Expired", message: "too old resource version" });
      }
    },
  };
}

afterAll(() => {
  console.log(`operator faults: ${counts.points} points of failure, ${counts.lives} lives, nothing lost`);
});

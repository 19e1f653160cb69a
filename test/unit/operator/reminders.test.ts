// Reminders of a gate that waits for a person: when, for whom, and each once, whatever happens to the operator meanwhile.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { ANALYSIS, MANUAL } from "./gate-subjects.ts";
import { decided, gate, observed, run, START, settledDecision, TEMPLATE, timeAt, workload } from "./observed.ts";

const hook = { url: "https://hooks.example.com/", events: ["AwaitingApproval" as const] };
/** The gate waits from second 60; a workload says for ten minutes. */
const subject = (more: object = {}) =>
  workload({ approval: { ...MANUAL.approval, timeout: "10m" }, notify: [{ ...hook, ...more }] });

/** What is decided on the workload so many seconds after its creation. */
function at(seconds: number, target: AgentWorkload, nodes = [gate(ANALYSIS)]) {
  return decide(observed({ workload: target, runs: [run(target, nodes)], now: START + seconds * 1000 }));
}

const eventsOf = ({ status }: ReturnType<typeof decide>) => status.notifications?.map(({ event }) => event) ?? [];

describe("a gate that waits for a person", () => {
  it("says until when, and wakes the operator when the first reminder is due", () => {
    const decision = at(61, subject());
    expect(decision.status.approval?.expiresAt).toBe(timeAt(660));
    expect(eventsOf(decision)).toEqual(["AwaitingApproval"]);
    expect(decision.wakeAt).toBe(START + 360_000);
  });

  it("reminds at each part of the time that is left, as the entry says", () => {
    let target = subject({ reminders: [75, 20] });
    for (const [seconds, events] of [
      [209, ["AwaitingApproval"]],
      [210, ["AwaitingApproval", "Reminder75"]],
      [539, ["AwaitingApproval", "Reminder75"]],
      [540, ["AwaitingApproval", "Reminder75", "Reminder20"]],
    ] as const) {
      const decision = at(seconds, target);
      expect(eventsOf(decision)).toEqual(events);
      target = { ...target, status: decision.status };
    }
  });

  it.each([
    ["an empty list", { reminders: [] }],
    ["another event alone", { events: ["Completed"] }],
  ])("reminds nobody who named %s", (_, more) => {
    const decision = at(655, subject(more));
    expect(eventsOf(decision).filter((event) => event.startsWith("Reminder"))).toEqual([]);
  });

  it("reminds of those alone that a person answers, and not while the workload is suspended", () => {
    const auto = workload({ approval: { mode: "auto", timeout: "10m" }, notify: [hook] });
    const waiting = decide(
      observed({
        workload: auto,
        runs: [run(auto, [gate(ANALYSIS)])],
        answers: { gate: { ok: false, error: "away" } },
        now: START + 655_000,
      }),
    );
    expect(waiting.status.phase).toBe("AwaitingApproval");
    expect(eventsOf(waiting)).toEqual(["AwaitingApproval"]);
    const suspended = subject();
    suspended.spec.suspend = true;
    const decision = at(655, suspended);
    expect(eventsOf(decision)).toEqual(["AwaitingApproval"]);
    expect(decision.status.approval?.expiresAt).toBeUndefined();
  });

  it("knows no time where the template doesn't take it from the workload", () => {
    const template = { ...TEMPLATE, spec: {} };
    const target = subject();
    const runs = [run(target, [gate(ANALYSIS)])];
    const decision = decide(observed({ workload: target, runs, template, now: START + 655_000 }));
    expect(decision.status.approval?.expiresAt).toBeUndefined();
    expect(eventsOf(decision)).toEqual(["AwaitingApproval"]);
  });

  it("sends of several that became due while no operator ran the last alone", () => {
    expect(eventsOf(at(655, subject()))).toEqual(["AwaitingApproval", "Reminder10"]);
  });

  it("takes back a reminder that isn't sent yet once it has its answer", () => {
    const target = subject();
    const status = at(655, target).status;
    const decision = at(656, { ...target, status }, [decided("approve")]);
    expect(eventsOf(decision)).not.toContain("Reminder10");
    expect(decision.actions).not.toContainEqual({ kind: "notify", index: 1 });
  });

  it("keeps in the status that a reminder was delivered", () => {
    const target = subject();
    const status = at(655, target).status;
    const deliveries = [{ url: hook.url, event: "Reminder10", state: "Delivered" as const }];
    const told = decide(
      observed({
        workload: { ...target, status },
        runs: [run(target, [decided("approve")])],
        deliveries,
        now: START + 656_000,
      }),
    );
    expect(told.status.notifications).toContainEqual({
      ...{ url: hook.url, event: "Reminder10", state: "Delivered", at: timeAt(656) },
    });
  });

  it("has nothing left to change when it is decided again", () => {
    for (const seconds of [61, 400, 655, 700]) {
      const target = subject();
      const input = observed({
        workload: target,
        runs: [run(target, [gate(ANALYSIS)])],
        now: START + seconds * 1000,
      });
      const { first, second } = settledDecision(input);
      expect(second.status).toEqual(first.status);
    }
  });

  it("reminds each receiver at most once of each part, in order, whenever operators start, end and look", () => {
    const percents = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 5 });
    const looks = fc.array(fc.record({ seconds: fc.integer({ min: 60, max: 800 }), isDelivered: fc.boolean() }));
    fc.assert(
      fc.property(percents, looks, (reminders, times) => {
        let target = subject({ reminders });
        for (const { seconds, isDelivered } of times.sort((a, b) => a.seconds - b.seconds)) {
          const before = eventsOf({ status: target.status ?? {}, actions: [], events: [] });
          const { status } = at(seconds, target);
          const added = (status.notifications ?? []).slice(before.length);
          if (seconds >= 660) expect(added.filter(({ event }) => event.startsWith("Reminder"))).toEqual([]);
          for (const notification of status.notifications ?? [])
            if (isDelivered && notification.state === "Pending") notification.state = "Delivered";
          // All that an operator that starts later knows.
          target = JSON.parse(JSON.stringify({ ...target, status }));
        }
        const sent = (target.status?.notifications ?? []).flatMap(({ event }) =>
          event.startsWith("Reminder") ? [Number(event.slice("Reminder".length))] : [],
        );
        expect(sent).toEqual([...new Set(sent)].sort((a, b) => b - a));
        expect(reminders).toEqual(expect.arrayContaining(sent));
      }),
    );
  });

  it("reminds exactly once of each part where the operator comes whenever it asked to be woken", () => {
    const percents = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(percents, (reminders) => {
        let target = subject({ reminders });
        let now: number | undefined = START + 60_000;
        while (now !== undefined && now < START + 660_000) {
          const decision = decide(observed({ workload: target, runs: [run(target, [gate(ANALYSIS)])], now }));
          target = JSON.parse(JSON.stringify({ ...target, status: decision.status }));
          now = decision.wakeAt;
        }
        const expected = [...reminders].sort((a, b) => b - a).map((percent) => `Reminder${percent}`);
        expect(target.status?.notifications?.map(({ event }) => event).slice(1)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

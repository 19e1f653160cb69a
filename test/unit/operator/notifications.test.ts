// Whom the operator notifies of a workload's phases.
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { ANALYSIS, MANUAL } from "./gate-subjects.ts";
import { ALLOWED, gate, observed, run, START, timeAt, workload } from "./observed.ts";

describe("notifications", () => {
  const hook = { url: "https://hooks.example.com/", events: ["AwaitingApproval" as const, "Denied" as const] };

  it("are owed from the moment a phase is entered, once", () => {
    const subject = workload({ ...MANUAL, notify: [hook] });
    // What the policy would say is known by then.
    const answers = { gate: ALLOWED };
    const first = decide(observed({ workload: subject, runs: [run(subject, [gate(ANALYSIS)])], answers }));
    expect(first.status.notifications).toEqual([
      { url: hook.url, event: "AwaitingApproval", state: "Pending", at: timeAt(1) },
    ]);
    expect(first.actions).toEqual([{ kind: "notify", index: 0 }]);
    const again = { ...subject, status: first.status };
    const second = decide(observed({ workload: again, runs: [run(subject, [gate(ANALYSIS)])], now: START + 9000 }));
    expect(second.status.notifications).toEqual(first.status.notifications);
  });

  it("are owed once where the spec names a URL twice", () => {
    const subject = workload({ ...MANUAL, notify: [{ ...hook }, { ...hook }, { ...hook, secretRef: {} }] });
    const { status } = decide(observed({ workload: subject, runs: [run(subject, [gate(ANALYSIS)])] }));
    expect(status.notifications).toHaveLength(1);
  });

  it("are settled by how their delivery ended", () => {
    const subject = workload({ ...MANUAL, notify: [hook] });
    const runs = [run(subject, [gate(ANALYSIS)])];
    const status = decide(observed({ workload: subject, runs })).status;
    const deliveries = [{ url: hook.url, event: "AwaitingApproval", state: "Failed" as const, message: "HTTP 404" }];
    const decision = decide(observed({ workload: { ...subject, status }, runs, deliveries, now: START + 5000 }));
    expect(decision.status.notifications).toEqual([
      { url: hook.url, event: "AwaitingApproval", state: "Failed", at: timeAt(5), message: "HTTP 404" },
    ]);
    expect(decision.actions).toEqual([]);
  });
});

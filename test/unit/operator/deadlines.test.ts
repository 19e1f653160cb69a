// Deadlines of a workload, and its retries.
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { ALLOWED, condition, decided, gate, kinds, observed, run, START, timeAt, workload } from "./observed.ts";

describe("deadlines", () => {
  const subject = workload({ timeouts: { execution: "100s", pending: "1m" } });
  const scrape = { displayName: "scrape", startedAt: timeAt(10) };

  it("wake the operator when they end", () => {
    expect(decide(observed({ workload: subject, runs: [run(subject, [scrape])] })).wakeAt).toBe(START + 110_000);
  });

  it("stop a run whose steps take too long, and give the reason", () => {
    const decision = decide(observed({ workload: subject, runs: [run(subject, [scrape])], now: START + 110_000 }));
    expect(decision.actions).toEqual([
      {
        kind: "patch",
        workflow: expect.any(String),
        why: "stop",
        patch: {
          metadata: {
            annotations: {
              "agentic.io/stop-reason": expect.stringContaining("DeadlineExceeded: the steps took longer than 100s"),
            },
            resourceVersion: "77",
          },
          spec: { shutdown: "Terminate" },
        },
      },
    ]);
  });

  it("end as Failed with the reason", () => {
    const annotations = { "agentic.io/stop-reason": "DeadlineExceeded: the steps took longer than 100s" };
    const stopping = run(subject, [scrape], { annotations, spec: { shutdown: "Terminate" } });
    expect(kinds(decide(observed({ workload: subject, runs: [stopping], now: START + 200_000 })))).toEqual([]);
    const over = run(subject, [], { annotations, phase: "Failed", message: "Stopped with strategy 'Terminate'" });
    const decision = decide(observed({ workload: workload({ retry: { limit: 3 } }), runs: [over] }));
    expect(decision.status).toMatchObject({ phase: "Failed", message: "the steps took longer than 100s" });
    expect(condition(decision, "Finished")).toEqual({ status: "True", reason: "DeadlineExceeded" });
  });

  it("don't count the time at the gate", () => {
    const waits = [scrape, gate({ confidence: 1 })];
    const manual = workload({ timeouts: { execution: "100s" }, approval: { mode: "manual" } });
    expect(kinds(decide(observed({ workload: manual, runs: [run(manual, waits)], now: START + 900_000 })))).toEqual([]);
    const after = [
      scrape,
      { ...decided("approve", "approved by ann: ok"), startedAt: timeAt(60), finishedAt: timeAt(660) },
    ];
    expect(decide(observed({ workload: manual, runs: [run(manual, after)], now: START + 700_000 })).wakeAt).toBe(
      START + 710_000,
    );
  });

  it("stop a Workflow that never starts", () => {
    const decision = decide(observed({ workload: subject, runs: [run(subject)], now: START + 61_000 }));
    expect(JSON.stringify(decision.actions)).toContain("PendingTimeout: no step started within 1m");
  });

  it("of the engine itself count as deadlines", () => {
    const over = run(subject, [{ displayName: "scrape", phase: "Failed" }], {
      phase: "Failed",
      message: "Step exceeded its deadline",
    });
    expect(condition(decide(observed({ workload: subject, runs: [over] })), "Finished")?.reason).toBe(
      "DeadlineExceeded",
    );
  });

  it("rest while the workload is suspended, since a suspended Workflow takes no stop", () => {
    const paused = workload({ timeouts: { execution: "100s" }, suspend: true });
    const decision = decide(
      observed({ workload: paused, runs: [run(paused, [scrape], { spec: { suspend: true } })], now: START + 500_000 }),
    );
    expect(kinds(decision)).toEqual([]);
  });
});

describe("retries", () => {
  const subject = workload({ retry: { limit: 2, backoff: "10s" } });
  const failedAttempt = (attempt: number) =>
    run(subject, [{ displayName: "scrape", phase: "Failed", message: "boom" }], {
      attempt,
      phase: "Failed",
      finishedAt: timeAt(50),
    });

  it("wait, doubling", () => {
    const first = decide(observed({ workload: subject, runs: [failedAttempt(0)], now: START + 51_000 }));
    expect(first).toMatchObject({ actions: [], wakeAt: START + 60_000, status: { phase: "Pending" } });
    expect(first.status.message).toContain("run 1 of 3 failed: step scrape: boom");
    const second = decide(
      observed({ workload: subject, runs: [failedAttempt(0), failedAttempt(1)], now: START + 51_000 }),
    );
    expect(second.wakeAt).toBe(START + 70_000);
  });

  it("make the next Workflow under a name of its own, asking the policy again", () => {
    const { status } = decide(observed({ workload: subject, runs: [failedAttempt(0)], now: START + 51_000 }));
    const due = observed({ workload: { ...subject, status }, runs: [failedAttempt(0)], now: START + 60_000 });
    expect(decide(due).ask?.input).toMatchObject({ attempt: 1 });
    const [action] = decide({ ...due, answers: { start: ALLOWED } }).actions;
    expect(action).toMatchObject({
      kind: "create",
      workflow: { metadata: { name: expect.stringMatching(/-r1$/), labels: { "agentic.io/attempt": "1" } } },
    });
  });

  it("write the failure down first, where the end is seen after the back-off", () => {
    const late = decide(observed({ workload: subject, runs: [failedAttempt(0)], now: START + 500_000 }));
    expect(late).toMatchObject({ actions: [], wakeAt: START + 60_000, status: { failure: { attempt: 0 } } });
    expect(late.events.map(({ reason }) => reason)).toContain("Retrying");
    const due = { workload: { ...subject, status: late.status }, runs: [failedAttempt(0)], now: START + 500_000 };
    expect(decide(observed({ ...due, answers: { start: ALLOWED } })).actions).toMatchObject([{ kind: "create" }]);
  });

  it("end", () => {
    const decision = decide(
      observed({ workload: subject, runs: [failedAttempt(0), failedAttempt(1), failedAttempt(2)] }),
    );
    expect(decision.status).toMatchObject({ phase: "Failed", attempt: 2, message: "step scrape: boom (run 3 of 3)" });
  });

  it("don't follow a denial", () => {
    const denied = run(subject, [decided("deny", "denied by opa: no")], { phase: "Failed", finishedAt: timeAt(50) });
    expect(decide(observed({ workload: subject, runs: [denied] })).status.phase).toBe("Denied");
  });

  it("don't take an older run for the present one", () => {
    const status = decide(
      observed({ workload: subject, runs: [failedAttempt(0), run(subject, [], { attempt: 1 })] }),
    ).status;
    const decision = decide(observed({ workload: { ...subject, status }, runs: [failedAttempt(0)] }));
    expect(condition(decision, "Finished")?.reason).toBe("WorkflowDeleted");
  });
});

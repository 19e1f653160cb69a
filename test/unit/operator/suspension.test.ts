// Time that a workload is suspended, or waits at its gate, is nobody's delay; and the true reason decides how a run ends.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { describe, expect, it } from "vitest";
import type { Workflow } from "../../../operator/argo.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { ALLOWED, condition, decided, gate, kinds, observed, run, START, timeAt, workload } from "./observed.ts";

const scrape = { displayName: "scrape", startedAt: timeAt(10) };
const seconds = (n: number) => START + n * 1000;

/** What is looked at, in turn: the seconds, whether the spec says suspend, and the run as it then is. */
function decideInTurn(subject: AgentWorkload, ...turns: [number, boolean, Workflow[]][]) {
  let status: AgentWorkloadStatus | undefined;
  const decisions = turns.map(([now, suspend, runs]) => {
    const observedWorkload = { ...subject, spec: { ...subject.spec, suspend }, ...(status ? { status } : {}) };
    const decision = decide(
      observed({ workload: observedWorkload, runs, now: seconds(now), answers: { start: ALLOWED } }),
    );
    status = decision.status;
    return decision;
  });
  const last = decisions.at(-1);
  if (!last) throw new Error("nothing was looked at");
  return { last, decisions };
}

describe("timeouts.execution", () => {
  const subject = workload({ timeouts: { execution: "100s" } });
  const running = run(subject, [scrape]);
  const paused = run(subject, [scrape], { spec: { suspend: true } });

  it("doesn't count the time suspended", () => {
    const { last } = decideInTurn(
      subject,
      [20, true, [running]],
      [20, true, [paused]],
      [920, false, [paused]],
      [920, false, [running]],
    );
    expect(kinds(last)).toEqual([]);
    expect(last.wakeAt).toBe(seconds(10 + 100 + 900));
    expect(last.status.suspension).toEqual({ seconds: 900, until: timeAt(920) });
  });

  it("adds up several suspensions, and counts what lies between them", () => {
    const { last } = decideInTurn(
      subject,
      [20, true, [paused]],
      [30, false, [running]],
      [50, true, [paused]],
      [150, false, [running]],
    );
    expect(last.wakeAt).toBe(seconds(110 + 10 + 100));
  });

  it("is still enforced once the run goes on", () => {
    const { last } = decideInTurn(subject, [20, true, [paused]], [920, false, [running]], [1010, false, [running]]);
    expect(kinds(last)).toEqual(["patch:stop"]);
  });

  it("counts anew for the next run", () => {
    const retried = workload({ timeouts: { execution: "100s" }, retry: { limit: 1, backoff: "1s" } });
    const failed = run(retried, [{ ...scrape, phase: "Failed" }], { phase: "Failed", finishedAt: timeAt(930) });
    const second = run(retried, [{ ...scrape, startedAt: timeAt(940) }], { attempt: 1 });
    const { last } = decideInTurn(
      retried,
      [20, true, [run(retried, [scrape], { spec: { suspend: true } })]],
      [920, false, [run(retried, [scrape])]],
      [940, false, [failed, second]],
    );
    expect(last.wakeAt).toBe(seconds(1040));
  });
});

describe("timeouts.pending", () => {
  it("begins anew when a Workflow that hasn't started goes on", () => {
    const subject = workload({ timeouts: { pending: "60s" } });
    const paused = run(subject, [], { spec: { suspend: true } });
    const { last } = decideInTurn(
      subject,
      [10, true, [paused]],
      [3600, false, [paused]],
      [3600, false, [run(subject)]],
    );
    expect(kinds(last)).toEqual([]);
    expect(last.wakeAt).toBe(seconds(3660));
  });

  it("begins anew for a run that was to start again", () => {
    const subject = workload({ timeouts: { pending: "60s" }, retry: { limit: 1, backoff: "10s" } });
    const failed = run(subject, [{ ...scrape, phase: "Failed" }], { phase: "Failed", finishedAt: timeAt(50) });
    const decideAt = (now: number, suspend: boolean, status?: AgentWorkloadStatus) =>
      decide(
        observed({
          workload: { ...subject, spec: { ...subject.spec, suspend }, ...(status ? { status } : {}) },
          runs: [failed],
          template: undefined,
          now: seconds(now),
        }),
      );
    const suspended = decideAt(70, true, decideAt(70, true).status);
    expect(condition(suspended, "Accepted")).toEqual({ status: "Unknown", reason: "Suspended" });
    const resumed = decideAt(4000, false, suspended.status);
    expect(resumed.status.phase).toBe("Pending");
    expect(resumed.wakeAt).toBe(seconds(4060));
    // Looking again changes nothing, not even a time.
    expect(decideAt(4010, false, resumed.status).status).toEqual(resumed.status);
  });
});

describe("the engine's own clocks", () => {
  const subject = workload({ timeouts: { execution: "100s" }, approval: { mode: "manual", timeout: "10m" } });

  it("end as much later as the run was suspended", () => {
    const paused = run(subject, [scrape], { spec: { suspend: true } });
    const { last } = decideInTurn(subject, [20, true, [paused]], [920, false, [paused]]);
    expect(last.actions).toMatchObject([
      { patch: { spec: { suspend: null, activeDeadlineSeconds: 100 + 600 + 900 } } },
    ]);
  });

  it("leave a gate as much time as it had when the workload was suspended", () => {
    const waits = gate({ confidence: 1 }, { startedAt: timeAt(60) });
    const paused = run(subject, [scrape, waits], { spec: { suspend: true } });
    const { last, decisions } = decideInTurn(subject, [100, true, [paused]], [4000, false, [paused]]);
    expect(decisions[0]?.status.message).toBe("suspended by spec.suspend at the approval gate");
    expect(last.actions).toMatchObject([
      { patch: { spec: { suspend: null }, status: { nodes: { gate: { startedAt: timeAt(60 + 3900) } } } } },
    ]);
  });
});

describe("the true reason of an end", () => {
  const annotations = { "agentic.io/stop-reason": "DeadlineExceeded: the steps took longer than 100s" };
  const terminated = gate(
    {},
    { phase: "Failed", message: "Stopped with strategy 'Terminate'", finishedAt: timeAt(200) },
  );
  const finished = gate({}, { phase: "Failed", message: "Step exceeded its deadline", finishedAt: timeAt(200) });
  const boom = { displayName: "dom", phase: "Failed", message: "main: Error (exit code 1): no such page" };
  const denied = decided("deny", "denied by ann: no");
  const approved = decided("approve", "approved by ann: yes");
  const stopped = { annotations, spec: { shutdown: "Terminate" } };

  it.each([
    ["our stop, whatever it did to the gate", [terminated], stopped, "Failed", "DeadlineExceeded"],
    ["our stop, after a yes", [approved, boom], stopped, "Failed", "DeadlineExceeded"],
    ["an answer that came before our stop", [denied], stopped, "Denied", "Denied"],
    ["somebody else's stop", [terminated], { spec: { shutdown: "Terminate" } }, "Failed", "Stopped"],
    ["the engine's deadline", [finished], { message: "Step exceeded its deadline" }, "Failed", "DeadlineExceeded"],
    [
      "the engine's deadline, said of the gate only",
      [finished],
      { message: "child failed" },
      "Failed",
      "DeadlineExceeded",
    ],
    ["a step that failed beside a gate", [terminated, boom], {}, "Failed", "WorkflowFailed"],
    ["a gate that waited when all ended", [gate({})], { message: "gone" }, "Failed", "WorkflowFailed"],
    ["a no", [denied, boom], {}, "Denied", "Denied"],
  ] as const)("is %s", (_, nodes, options, phase, reason) => {
    const subject = workload();
    const runs = [run(subject, [...nodes], { phase: "Failed", ...options })];
    const decision = decide(observed({ workload: subject, runs, now: seconds(300) }));
    expect(decision.status.phase).toBe(phase);
    expect(condition(decision, "Finished")).toEqual({ status: "True", reason });
    expect(decision.status.approval?.decision ?? "none").not.toBe("pending");
  });

  it("is told once where the operator stops a run", () => {
    const subject = workload({ timeouts: { execution: "100s" } });
    const running = run(subject, [scrape]);
    const ended = run(subject, [{ ...scrape, phase: "Failed" }], { ...stopped, phase: "Failed" });
    const { decisions } = decideInTurn(subject, [10, false, [running]], [110, false, [running]], [140, false, [ended]]);
    const warnings = decisions.flatMap(({ events }) => events.filter(({ type }) => type === "Warning"));
    expect(warnings.map(({ reason }) => reason)).toEqual(["DeadlineExceeded"]);
  });

  it("lets a run that was stopped while suspended come to its end", () => {
    const subject = workload();
    const stuck = run(subject, [scrape], { spec: { suspend: true, shutdown: "Terminate" } });
    expect(decide(observed({ workload: subject, runs: [stuck] })).actions).toMatchObject([
      { patch: { spec: { suspend: null } } },
    ]);
  });
});

describe("the time for the steps", () => {
  const urls = (n: number) => Array.from({ length: n }, (_, i) => `https://example.com/${i}`);
  const end = (spec: Parameters<typeof workload>[0]) => {
    const subject = workload(spec);
    return decide(observed({ workload: subject, runs: [run(subject, [scrape])] })).wakeAt;
  };

  it.each([
    [1, 300],
    [10, 300],
    [11, 310],
    [100, 1200],
  ])("is by default enough for %i URLs: %i s", (n, limit) => {
    expect(end({ targetUrls: urls(n) })).toBe(seconds(10 + limit));
    const [action] = decide(
      observed({ workload: workload({ targetUrls: urls(n) }), answers: { start: ALLOWED } }),
    ).actions;
    expect(action).toMatchObject({ workflow: { spec: { activeDeadlineSeconds: limit + 1800 } } });
  });

  it("is what the spec says, whatever the work", () => {
    expect(end({ targetUrls: urls(100), timeouts: { execution: "60s" } })).toBe(seconds(70));
  });

  it("is told to be little before it fails, once, and to be enough when it is raised", () => {
    const decideWith = (execution: string, status?: AgentWorkloadStatus) => {
      const subject = workload({ targetUrls: urls(100), timeouts: { execution } }, status);
      return decide(observed({ workload: subject, runs: [run(subject, [scrape])], now: seconds(20) }));
    };
    const short = decideWith("300s");
    expect(condition(short, "TimeSuffices")).toEqual({ status: "False", reason: "TightDeadline" });
    const [event] = short.events.filter(({ type }) => type === "Warning");
    expect(event).toEqual({
      type: "Warning",
      reason: "TightDeadline",
      message: "300s (timeouts.execution) is short for 100 URLs, which take 248s or more; the default would be 1200s",
    });
    expect(decideWith("300s", short.status).events).toEqual([]);
    expect(condition(decideWith("20m", short.status), "TimeSuffices")).toEqual({
      status: "True",
      reason: "EnoughTime",
    });
    expect(condition(decideWith("20m"), "TimeSuffices")).toBeUndefined();
  });

  it("is told to be little before the run begins", () => {
    const subject = workload({ targetUrls: urls(100), timeouts: { execution: "5m" } });
    const events = decide(observed({ workload: subject, answers: { start: ALLOWED } })).events;
    expect(events.map(({ reason }) => reason)).toEqual(["TightDeadline"]);
  });
});

import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSettled, trimSettledWorkflow, trimWorkflow, trimWorkload } from "../../../operator/controller/trim.ts";
import { attemptOf, buildWorkflow, owns } from "../../../operator/decide/workflow.ts";
import { FairList } from "../../../operator/kube/fair.ts";
import { at, START, workload } from "./world.ts";

const completed: AgentWorkloadStatus = { phase: "Completed", observedGeneration: 1, completedAt: at(10) };
const owed = { event: "Completed", url: "https://hooks.example/", state: "Pending" } as const;

describe("what is kept of a workload", () => {
  it("is next to nothing once it has ended, but when it is to be deleted", () => {
    const kept = trimWorkload(workload({ ttlSecondsAfterFinished: 60 }, completed));
    expect(kept).toMatchObject({ settled: true, phase: "Completed", deleteAt: START + 70_000 });
    expect(kept).not.toHaveProperty("spec");
    expect(trimWorkload(workload({}, completed))).not.toHaveProperty("deleteAt");
  });

  it.each<[string, AgentWorkloadStatus]>([
    ["still runs", { phase: "Running", observedGeneration: 1 }],
    ["has a newer spec than it ended with", { ...completed, observedGeneration: 0 }],
    ["owes a notification", { ...completed, notifications: [{ ...owed, attempts: 0, at: at(10) } as never] }],
  ])("is all that decisions read while it %s", (_, status) => {
    const kept = trimWorkload(workload({}, status));
    expect(isSettled(kept)).toBe(false);
    expect(kept).toMatchObject({ spec: { objective: "compare prices" }, status });
  });

  it("says of a settled workload's Workflow whose it is and which attempt, and no more", () => {
    const owner = workload({}, completed);
    const run = { ...buildWorkflow(owner, 2, []), status: { phase: "Succeeded", nodes: { a: {} as never } } };
    const kept = trimSettledWorkflow(trimWorkflow(run));
    expect([owns(owner, kept), attemptOf(kept), kept.status]).toEqual([true, 2, { phase: "Succeeded" }]);
    const running = trimWorkflow({ ...run, status: { ...run.status, phase: "Running" } });
    expect(trimSettledWorkflow(running)).toBe(running);
  });
});

describe("keys that wait in groups", () => {
  const groupOf = (key: string) => key[0] ?? "";

  it("take turns by group, each group in the order of arrival", () => {
    const list = new FairList(groupOf);
    for (const key of ["a1", "a2", "a3", "b1", "c1", "c2"]) list.push(key);
    const taken = Array.from({ length: 6 }, () => list.shift());
    expect(taken).toEqual(["a1", "b1", "c1", "a2", "c2", "a3"]);
    expect([list.shift(), list.size]).toEqual([undefined, 0]);
  });

  it("come out once each, and no group waits longer than one turn of the others", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.nat(99)), { maxLength: 60 }), (pairs) => {
        const keys = pairs.map(([group, number], i) => `${group}${number}-${i}`);
        const list = new FairList(groupOf);
        for (const key of keys) list.push(key);
        const taken = keys.map(() => list.shift() ?? "");
        expect([...taken].sort()).toEqual([...keys].sort());
        for (const [i, key] of taken.entries()) {
          const next = taken.findIndex((other, j) => j > i && groupOf(other) === groupOf(key));
          if (next >= 0) expect(next - i).toBeLessThanOrEqual(4);
        }
      }),
    );
  });
});

// What the caches keep of workloads and Workflows.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intern, shareTexts } from "../../../operator/controller/shared-texts.ts";
import {
  isAbridged,
  isSettled,
  trimSettledWorkflow,
  trimWorkflow,
  trimWorkload,
} from "../../../operator/controller/trim.ts";
import { attemptOf, buildWorkflow, owns } from "../../../operator/decide/workflow.ts";
import { START, timeAt, workload } from "./observed.ts";

const completed: AgentWorkloadStatus = { phase: "Completed", observedGeneration: 1, completedAt: timeAt(10) };
const notification = { event: "Completed", url: "https://hooks.example/", state: "Pending" } as const;

describe("what is kept of a workload", () => {
  it("is next to nothing once it has ended, but when it is to be deleted", () => {
    const trimmed = trimWorkload(workload({ ttlSecondsAfterFinished: 60 }, completed));
    const template = "visual-analysis-template";
    expect(trimmed).toMatchObject({ settled: true, phase: "Completed", template, deleteAt: START + 70_000 });
    expect(trimmed).not.toHaveProperty("spec");
    expect(trimWorkload(workload({}, completed))).not.toHaveProperty("deleteAt");
  });

  it.each<[string, AgentWorkloadStatus]>([
    ["still runs", { phase: "Running", observedGeneration: 1 }],
    ["has a newer spec than it ended with", { ...completed, observedGeneration: 0 }],
    [
      "owes a notification",
      { ...completed, notifications: [{ ...notification, attempts: 0, at: timeAt(10) } as never] },
    ],
  ])("is all that decisions read while it %s", (_, status) => {
    const trimmed = trimWorkload(workload({}, status));
    expect(isSettled(trimmed)).toBe(false);
    expect(trimmed).toMatchObject({ spec: { objective: "compare prices" }, status });
  });

  it("is its state and its artifacts' place while its spec is large, whatever makes it large", () => {
    const longText = "x".repeat(5000);
    const spec = { artifacts: { prefix: "a" }, jobId: "j", suspend: true };
    for (const large of [
      workload({ ...spec, parameters: { text: longText } }, { phase: "Pending" }),
      workload({ ...spec, targetUrls: [`https://example.com/${longText}`] }, { phase: "Pending" }),
      { ...workload(spec, { phase: "Pending" }), metadata: { ...workload().metadata, annotations: { a: longText } } },
    ]) {
      const trimmed = trimWorkload(large);
      expect(isAbridged(trimmed)).toBe(true);
      expect(trimmed).toMatchObject({ spec, status: { phase: "Pending" }, metadata: { name: large.metadata.name } });
      expect(JSON.stringify(trimmed).length).toBeLessThan(1000);
    }
    expect(isAbridged(trimWorkload(workload()))).toBe(false);
  });

  it("has one copy of each text that objects repeat, and never another text", () => {
    const text = fc.stringMatching(/^[a-z]{0,3}$/);
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.string({ minLength: 90, maxLength: 200 }),
        fc.constantFrom(null, true, 1),
        fc.array(tie("tree")),
        fc.dictionary(text, tie("tree")),
      ),
    }));
    fc.assert(fc.property(tree, (value) => void expect(shareTexts(structuredClone(value))).toEqual(value)));
    // More texts than the pool has room for.
    for (let i = 0; i < 3000; i++) expect(intern(`text ${i % 1700}`)).toBe(`text ${i % 1700}`);
  });

  it("says of a settled workload's Workflow whose it is and which attempt, and no more", () => {
    const owner = workload({}, completed);
    const run = {
      ...buildWorkflow(owner, { attempt: 2, parameters: [] }),
      status: { phase: "Succeeded", nodes: { a: {} as never } },
    };
    const trimmed = trimSettledWorkflow(trimWorkflow(run));
    expect([owns(owner, trimmed), attemptOf(trimmed), trimmed.status]).toEqual([true, 2, { phase: "Succeeded" }]);
    const running = trimWorkflow({ ...run, status: { ...run.status, phase: "Running" } });
    expect(trimSettledWorkflow(running)).toBe(running);
  });
});

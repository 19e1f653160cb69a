// Whatever somebody submits, the engine says what is wrong and goes on.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Workflow, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { RUNS, spec } from "./arbitrary-workflow.ts";
import { SimulatedCluster, workflow } from "./simulated-cluster.ts";

// FC_RUNS=3000 looks for a minute; on a busy machine even the few runs of every day take their time.
vi.setConfig({ testTimeout: 60_000 + RUNS.numRuns * 100 });

describe("whatever somebody submits", () => {
  /** A good workflow with one of its parts replaced by anything. */
  const mangled = fc.tuple(spec, fc.jsonValue(), fc.infiniteStream(fc.nat())).map(([good, junk, choices]) => {
    const copy = structuredClone(good) as unknown as Record<string, unknown>;
    let at: Record<string, unknown> = copy;
    for (;;) {
      const keys = Object.keys(at);
      const key = keys[(choices.next().value ?? 0) % Math.max(keys.length, 1)] ?? "x";
      const inner = at[key];
      if (typeof inner !== "object" || inner === null || (choices.next().value ?? 0) % 4 === 0) {
        at[key] = junk;
        return copy as WorkflowSpec;
      }
      at = inner as Record<string, unknown>;
    }
  });

  test("is run or refused with a reason, and never harms the engine", () => {
    fc.assert(
      fc.property(fc.oneof(mangled, fc.jsonValue()), (input) => {
        const { status } = advance(workflow(input as WorkflowSpec), [], new Date("2026-01-01T00:00:00Z"));
        expect(["Running", "Succeeded", "Failed", "Error"]).toContain(status.phase);
        if (status.phase === "Failed" || status.phase === "Error") expect(status.message ?? status.nodes).toBeTruthy();
      }),
      { numRuns: RUNS.numRuns * 10 },
    );
  });

  test("a status that somebody has broken ends the workflow, and its pods", () => {
    const cluster = new SimulatedCluster(
      workflow({ entrypoint: "main", templates: [{ name: "main", container: { image: "i" } }] }),
    );
    cluster.step();
    cluster.step();
    const brokenWorkflow = {
      ...cluster.workflow,
      status: { ...cluster.workflow.status, nodes: { wf: null } },
    } as unknown as Workflow;
    const result = advance(brokenWorkflow, cluster.list(), new Date(cluster.now));
    expect(result.status).toMatchObject({ phase: "Error", message: expect.stringMatching(/^internal error: /) });
    expect(result.podsToDelete).toEqual(["wf"]);
    const finished = { ...brokenWorkflow, status: { ...brokenWorkflow.status, phase: "Error" } } as Workflow;
    expect(advance(finished, [], new Date(cluster.now))).toMatchObject({
      changed: false,
      podsToCreate: [],
      podsToDelete: [],
    });
  });
});

// What the workload's status and events say of steps that are tried again.
import { describe, expect, it } from "vitest";
import type { Workflow, WorkflowNode } from "../../../operator/argo.ts";
import { trimWorkflow } from "../../../operator/controller/trim.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { observeTransition } from "../../../operator/metrics/transitions.ts";
import { observed, type RunOptions, run, START, timeAt, workload } from "./observed.ts";
import { quietMetrics } from "./quiet-metrics.ts";

const tried = (number: number, message: string, phase = "Failed"): Partial<WorkflowNode> => ({
  ...{ displayName: `analysis(${number})`, templateName: "analysis", nodeFlag: { retried: true } },
  ...{ phase, message, startedAt: timeAt(10 * (number + 1)) },
});
const KILLED = "main: OOMKilled (exit code 137)";

/** The run as the cache has it, with the limit of the template that the engine has copied into its status. */
function seen(nodes: Partial<WorkflowNode>[], options: RunOptions = {}, limit?: string): Workflow {
  const made = run(workload(), nodes, options);
  const templates = [{ name: "analysis", ...(limit ? { retryStrategy: { limit } } : {}) }];
  return trimWorkflow({ ...made, status: { ...made.status, storedWorkflowTemplateSpec: { templates } } } as Workflow);
}

const decided = (made: Workflow, status = {}) =>
  decide(observed({ workload: workload({}, status), runs: [made], now: START + 60_000 }));

describe("a step that is tried again", () => {
  it("is in the status with the kind of the failure, and in its words with what happened", () => {
    const { status, events } = decided(seen([tried(0, KILLED), tried(1, "", "Running")], {}, "5"));
    expect(status).toMatchObject({
      phase: "Running",
      message: "running: analysis; analysis: tried again after running out of memory, 1 of 5",
      stepRetries: [{ step: "analysis", kind: "OutOfMemory", number: 1, limit: 5, at: timeAt(20) }],
    });
    expect(events).toContainEqual({
      ...{ type: "Warning", reason: "StepRetried" },
      message: "analysis: tried again after running out of memory, 1 of 5",
    });
  });

  it("is told once, and each further try again", () => {
    const first = decided(seen([tried(0, KILLED), tried(1, "", "Running")]));
    const same = decided(seen([tried(0, KILLED), tried(1, "", "Running")]), first.status);
    expect(same.events.filter(({ reason }) => reason === "StepRetried")).toEqual([]);
    const more = [tried(0, KILLED), tried(1, "pod deleted", "Error"), tried(2, "", "Running")];
    const next = decided(seen(more), same.status);
    expect(next.events.filter(({ reason }) => reason === "StepRetried").map(({ message }) => message)).toEqual([
      "analysis: tried again after the loss of its pod, 2",
    ]);
    expect(next.status.stepRetries?.map(({ kind }) => kind)).toEqual(["OutOfMemory", "PodLost"]);
  });

  it("stays in the status after the run's end, and goes with the next run", () => {
    const nodes = [tried(0, KILLED), tried(1, "", "Succeeded")];
    const done = decided(seen(nodes, { phase: "Succeeded", finishedAt: timeAt(50) }));
    expect(done.status).toMatchObject({ phase: "Completed", stepRetries: [{ number: 1 }] });
    const running = decided(seen(nodes));
    const next = decided(seen([tried(0, "", "Running")], { attempt: 1 }), running.status);
    expect(next.status.stepRetries).toBeUndefined();
  });

  it("isn't one that has only failed, nor one whose name only looks like a try", () => {
    const loop = [0, 1].map((number) => ({ displayName: `page(${number})`, phase: "Failed", startedAt: timeAt(9) }));
    expect(decided(seen([...loop, tried(0, KILLED)])).status.stepRetries).toBeUndefined();
  });

  it("is counted once, by the kind of the failure before, while the run goes on", async () => {
    const metrics = quietMetrics();
    let status = {};
    const observe = (nodes: Partial<WorkflowNode>[], options: RunOptions = {}) => {
      const made = seen(nodes, options);
      const next = decided(made, status).status;
      observeTransition(metrics, {
        ...{ workload: workload({}, status), status: next, runs: [made], template: undefined },
      });
      status = next;
    };
    const first = [tried(0, KILLED), tried(1, "pod deleted", "Error")];
    observe(first);
    observe([...first, tried(2, "", "Running")]);
    observe([...first, tried(2, "", "Succeeded")], { phase: "Succeeded", finishedAt: timeAt(50) });
    const counted = (await metrics.registry.metrics())
      .split("\n")
      .filter((line) => /^agentic_step_retries.* [1-9]/.test(line));
    expect(counted).toEqual([
      'agentic_step_retries_total{kind="OutOfMemory"} 1',
      'agentic_step_retries_total{kind="PodLost"} 1',
    ]);
  });

  it("is among the last fifty", () => {
    const nodes = Array.from({ length: 70 }, (_, number) => ({
      ...tried(number, KILLED),
      startedAt: timeAt(number),
      ...(number === 69 ? { phase: "Running" } : {}),
    }));
    const { stepRetries = [] } = decided(seen(nodes)).status;
    expect([stepRetries.length, stepRetries[0]?.number, stepRetries.at(-1)?.number]).toEqual([50, 20, 69]);
  });
});

// A DAG's target: which of its tasks run.
import { describe, expect, test } from "vitest";
import type { WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { argument, dag, phases, pod, run } from "./templates.ts";

describe("a DAG's target", () => {
  const tasks = ["A", "B", "C"].map((name) => ({ name, template: "p", ...(name === "C" ? { depends: "A" } : {}) }));
  const targeted = (target: string, more: Partial<WorkflowSpec> = {}) =>
    run([dag(tasks, { dag: { tasks, target } }), pod("p")], undefined, more);
  const t = "{{workflow.parameters.t}}";

  test.each<[string, string, string[]]>([
    ["B", "", ["B"]],
    ["C B", "", ["A", "B", "C"]],
    ["", "", ["A", "B", "C"]],
    [t, "B", ["B"]],
    ["{{ workflow.parameters.t }} B", "A", ["A", "B"]],
    [t, "C", ["A", "C"]],
    [t, "A B", ["A", "B"]],
    [t, "", ["A", "B", "C"]],
    ["B B", "", ["B"]],
  ])("%j with %j runs %j", (target, value, tasks) => {
    const cluster = targeted(target, { arguments: argument("t", value) });
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(
      Object.keys(phases(cluster))
        .filter((name) => name !== "wf")
        .sort(),
    ).toEqual(tasks);
  });

  test.each<[string, string, string]>([
    [" ", "", "target '' is not defined"],
    ["A  B", "", "target '' is not defined"],
    ["Z", "", "target 'Z' is not defined"],
    [t, "Z", "target 'Z' is not defined"],
    ["{{workflow.parameters.u}}", "", "failed to resolve {{workflow.parameters.u}}"],
    ["{{tasks.A.status}}", "", "failed to resolve {{tasks.A.status}}"],
  ])("%j with %j is refused at once: %s", (target, value, message) => {
    const { phase, message: text } = targeted(target, { arguments: argument("t", value) }).workflow.status ?? {};
    expect(phase).toBe("Failed");
    expect(text).toContain(`spec.templates[0].dag.target: ${message}`);
  });

  test("that an input makes is read when the template is called", () => {
    const inner = {
      ...dag(tasks, { dag: { tasks, target: "{{inputs.parameters.t}}" } }),
      name: "inner",
      inputs: { parameters: [{ name: "t" }] },
    };
    const outer = (value: string) =>
      run([dag([{ name: "call", template: "inner", arguments: argument("t", value) }]), inner, pod("p")]);
    expect(Object.keys(phases(outer("C"))).sort()).toEqual(["A", "C", "call", "wf"]);
    expect(outer("Z").node("call")).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("dag.target: target 'Z' is not defined"),
    });
  });
});

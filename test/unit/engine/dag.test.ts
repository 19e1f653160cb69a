// DAG templates, and what their tasks can know of each other.
import { describe, expect, test } from "vitest";
import { byNode } from "./simulated-cluster.ts";
import { argument, dag, echo, echoes, output, phases, pod, run } from "./templates.ts";

describe("a DAG", () => {
  test("starts a task when its dependencies have ended as it wants", () => {
    const cluster = run(
      [
        dag([
          { name: "a", template: "p" },
          { name: "ok", template: "p", depends: "a.Succeeded" },
          { name: "bad", template: "p", depends: "a.Failed || a.Errored" },
          { name: "any", template: "p", depends: "(ok.Omitted && bad) || ok" },
        ]),
        pod("p"),
      ],
      byNode({ a: { exitCode: 1 } }),
    );
    expect(phases(cluster)).toEqual({
      wf: "Succeeded",
      a: "Failed",
      ok: "Omitted",
      bad: "Succeeded",
      any: "Succeeded",
    });
  });

  test("keeps running for a task that was begun, even when failing fast", () => {
    const cluster = run(
      [
        dag([
          { name: "bad", template: "p" },
          { name: "slow", template: "p" },
        ]),
        pod("p"),
      ],
      byNode({ bad: { exitCode: 1 }, slow: { seconds: 60 } }),
    );
    expect(cluster.workflow.status).toMatchObject({
      phase: "Failed",
      progress: "1/2",
      finishedAt: "2026-01-01T00:01:00Z",
    });
  });

  test("runs only what its target needs", () => {
    const tasks = [
      { name: "a", template: "p" },
      { name: "b", template: "p", dependencies: ["a"] },
      { name: "c", template: "p" },
    ];
    const cluster = run([{ name: "main", dag: { tasks, target: "b" } }, pod("p")]);
    expect(phases(cluster)).toEqual({ wf: "Succeeded", a: "Succeeded", b: "Succeeded" });
  });

  test("passes outputs, statuses and times between tasks and out of itself", () => {
    const value =
      "{{tasks.a.outputs.parameters.o}} {{tasks.a.status}} {{tasks.a.exitCode}} {{tasks.a.startedAt}} {{tasks.a.id}} {{workflow.name}} {{tasks.name}}";
    const inner = dag(
      [
        { name: "a", template: "echo", arguments: argument("v", "x") },
        { name: "b", template: "echo", depends: "a", arguments: argument("v", value) },
      ],
      {
        name: "inner",
        outputs: { parameters: [{ name: "r", valueFrom: { parameter: "{{tasks.b.outputs.parameters.o}}" } }] },
      },
    );
    const outer = dag([
      { name: "n", template: "inner" },
      { name: "last", template: "echo", depends: "n", arguments: argument("v", "<{{tasks.n.outputs.parameters.r}}>") },
    ]);
    const cluster = run([outer, inner, echoes], echo);
    const id = cluster.node("wf.n.a")?.id;
    expect(cluster.node("wf.last")?.outputs?.parameters?.[0]?.value).toBe(
      `<x Succeeded 0 2026-01-01T00:00:00Z ${id} wf n>`,
    );
  });

  test("gives the default of a skipped task's output, or else the caller's own", () => {
    const withDefault = pod("off", {
      outputs: { parameters: [{ name: "o", valueFrom: { path: "/o", default: "mine" } }] },
    });
    const withoutOutput = pod("none", { outputs: output("o") });
    const use = pod("use", {
      inputs: { parameters: [{ name: "v", default: "yours" }] },
      container: { image: "i", args: ["{{inputs.parameters.v}}"] },
    });
    const tasks = [
      { name: "a", template: "off", when: "1 == 2" },
      { name: "b", template: "none", when: "1 == 2" },
      { name: "ua", template: "use", depends: "a", arguments: argument("v", "{{tasks.a.outputs.parameters.o}}") },
      { name: "ub", template: "use", depends: "b", arguments: argument("v", "{{tasks.b.outputs.parameters.o}}") },
      { name: "uc", template: "use", depends: "b", arguments: argument("v", "x{{tasks.b.outputs.parameters.o}}") },
      { name: "ud", template: "echo", depends: "b", arguments: argument("v", "{{tasks.b.outputs.parameters.o}}") },
    ];
    const cluster = run([dag(tasks), withDefault, withoutOutput, use, echoes]);
    expect(cluster.node("ua")?.inputs?.parameters?.[0]?.value).toBe("mine");
    expect(cluster.node("ub")?.inputs?.parameters?.[0]?.value).toBe("yours");
    expect(cluster.node("uc")).toMatchObject({ type: "Skipped", phase: "Error" });
    expect(cluster.node("ud")?.message).toBe(
      "task 'wf.ud' errored: inputs.parameters.v: argument references an absent optional (skipped/omitted node output with no default)",
    );
  });

  test("an output that never came is an error, not a wait without end", () => {
    const cluster = run(
      [
        dag([
          { name: "a", template: "echo", arguments: argument("v", "x") },
          {
            name: "b",
            template: "echo",
            depends: "a.Failed",
            arguments: argument("v", "{{tasks.a.outputs.parameters.o}}"),
          },
        ]),
        echoes,
      ],
      byNode({ a: { exitCode: 1 } }),
    );
    expect(cluster.node("wf.b")).toMatchObject({
      phase: "Error",
      message: "task 'wf.b' errored: failed to resolve {{tasks.a.outputs.parameters.o}}",
    });
  });

  test("text in an output that looks like a variable stays text", () => {
    const cluster = run(
      [
        dag([
          { name: "a", template: "p" },
          { name: "b", template: "echo", depends: "a", arguments: argument("v", "{{tasks.a.outputs.parameters.o}}") },
        ]),
        pod("p", { outputs: output("o") }),
        echoes,
      ],
      byNode({ a: { output: "{{workflow.parameters.secret}} {{=1+1}}" }, b: { output: "y" } }),
      { arguments: argument("secret", "s") },
    );
    expect(cluster.node("wf.b")?.inputs?.parameters?.[0]?.value).toBe("{{workflow.parameters.secret}} {{=1+1}}");
  });
});

// What becomes of a field whose variables turn out empty, and where variables may stand besides.
import { describe, expect, test } from "vitest";
import type { Pod, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { SimulatedCluster, workflow } from "./simulated-cluster.ts";
import { argument, dag, echo, echoes, output, phases, pod, run } from "./templates.ts";

const main = (more: Partial<Template> = {}, spec: Partial<WorkflowSpec> = {}) => ({
  entrypoint: "main",
  templates: [pod("main", more)],
  ...spec,
});

describe("a field that its variables leave empty", () => {
  const EMPTY = "{{workflow.parameters.none}}";
  const createdPod = (template: Partial<Template>, spec: Partial<WorkflowSpec> = {}): Pod["spec"] | undefined =>
    new SimulatedCluster(workflow(main(template, { arguments: argument("none", ""), ...spec }) as WorkflowSpec)).step()
      .podsToCreate[0]?.spec;
  const refusalOf = (template: Partial<Template>, spec: Partial<WorkflowSpec> = {}) =>
    run([pod("main", template)], undefined, { arguments: argument("none", ""), ...spec }).workflow.status?.message;

  test("is no condition", () => {
    const tasks = [
      { name: "a", template: "p", when: EMPTY },
      { name: "b", template: "p", when: " " },
    ];
    const cluster = run([dag(tasks), pod("p")], undefined, { arguments: argument("none", "") });
    expect(phases(cluster)).toMatchObject({ a: "Succeeded", b: "Error" });
    const steps = run(
      [{ name: "main", steps: [[{ name: "a", template: "p", when: EMPTY, withItems: [1, 2] }]] }, pod("p")],
      undefined,
      {
        arguments: argument("none", ""),
      },
    );
    expect(steps.created).toHaveLength(2);
  });

  test("is no duration: somebody has to decide", () => {
    const cluster = run([{ name: "main", suspend: { duration: EMPTY } }], undefined, {
      arguments: argument("none", ""),
    });
    expect(cluster.node("wf")?.phase).toBe("Running");
    expect(cluster.step().wakeAt).toBeUndefined();
  });

  test("gives way to the workflow's", () => {
    const shared = { serviceAccountName: "sa", schedulerName: "s", podPriorityClassName: "p" };
    const ownFields = { serviceAccountName: EMPTY, schedulerName: EMPTY, priorityClassName: EMPTY };
    const { podPriorityClassName: priorityClassName, ...rest } = shared;
    expect(createdPod(ownFields, shared)).toMatchObject({ ...rest, priorityClassName });
    expect(createdPod({}, { ...shared, serviceAccountName: EMPTY })).not.toHaveProperty("serviceAccountName");
    expect(createdPod({ ...ownFields, serviceAccountName: "{{workflow.name}}" }, shared)).toMatchObject({
      serviceAccountName: "wf",
    });
    expect(
      createdPod({ nodeSelector: {}, tolerations: [] }, { nodeSelector: { a: "b" }, tolerations: [{ key: "k" }] }),
    ).toMatchObject({
      nodeSelector: { a: "b" },
      tolerations: [{ key: "k" }],
    });
  });

  test("is refused by its name where there must be something", () => {
    expect(refusalOf({ container: { image: EMPTY } })).toContain("container.image: is empty");
    expect(refusalOf({ container: undefined, script: { image: EMPTY, source: "x" } } as unknown as Template)).toContain(
      "script.image: is empty",
    );
    expect(refusalOf({ initContainers: [{ name: "i", image: EMPTY }] })).toContain("initContainers[0].image: is empty");
    expect(refusalOf({ activeDeadlineSeconds: EMPTY })).toContain(
      'activeDeadlineSeconds: must be a positive integer, at most 2147483647, not ""',
    );
    expect(refusalOf({ outputs: output("o", EMPTY) })).toContain("outputs.parameters.o.valueFrom.path: is empty");
    const task = (more: object) =>
      run([dag([{ name: "a", template: "p", ...more }]), pod("p")], undefined, {
        arguments: argument("none", ""),
      }).node("a")?.message;
    expect(task({ template: EMPTY })).toContain("template: is empty");
    expect(task({ template: undefined, templateRef: { name: EMPTY, template: "x" } })).toContain(
      "templateRef.name: is empty",
    );
    expect(task({ withSequence: { count: EMPTY } })).toContain('withSequence.count: "" is not an integer');
  });

  test("has a sequence's usual format", () => {
    const cluster = run(
      [dag([{ name: "a", template: "p", withSequence: { count: 2, format: EMPTY } }]), pod("p")],
      undefined,
      {
        arguments: argument("none", ""),
      },
    );
    expect(phases(cluster)).toMatchObject({ "a(0:0)": "Succeeded", "a(1:1)": "Succeeded" });
  });
});

describe("variables", () => {
  test("name the template that a task or a step calls", () => {
    const calls = (kind: "dag" | "steps") => {
      const call = [
        { name: "a", template: "{{workflow.parameters.t}}", arguments: argument("v", "1") },
        { name: "b", template: "{{item}}", withItems: ["echo"], arguments: argument("v", "2") },
      ];
      const caller: Template = kind === "dag" ? dag(call) : { name: "main", steps: [call] };
      return run([caller, echoes], echo, { arguments: argument("t", "echo") });
    };
    for (const kind of ["dag", "steps"] as const) {
      expect(phases(calls(kind))).toMatchObject({ a: "Succeeded", "b(0:echo)": "Succeeded" });
      expect(calls(kind).node("a")?.templateName).toBe("echo");
    }
  });

  test("stand in the default of an output", () => {
    const inputs = { parameters: [{ name: "x", default: "from-input" }] };
    const leaf = run([
      pod("main", {
        inputs,
        outputs: { parameters: [{ name: "o", valueFrom: { path: "/o", default: "{{inputs.parameters.x}}" } }] },
      }),
    ]);
    expect(leaf.node("wf")?.outputs?.parameters).toMatchObject([{ value: "from-input" }]);
    const cluster = run([
      dag([{ name: "a", template: "p", when: "false" }], {
        inputs,
        outputs: {
          parameters: [
            {
              name: "o",
              valueFrom: { parameter: "{{tasks.a.outputs.parameters.o}}", default: "{{inputs.parameters.x}}" },
            },
          ],
        },
      }),
      pod("p", { outputs: output("o") }),
    ]);
    expect(cluster.node("wf")?.outputs?.parameters).toMatchObject([{ value: "from-input" }]);
  });
});

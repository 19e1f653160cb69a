// What values may be: those of an enum, and lists that were never filled.
import { describe, expect, test } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Parameter, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { workflow } from "./simulated-cluster.ts";
import { argument, dag, echo, echoes, pod, run } from "./templates.ts";

const at = new Date("2026-01-01T00:00:00Z");
const status = (spec: object) => advance(workflow(spec as WorkflowSpec), [], at).status;
const message = (spec: object) => status(spec).message ?? "";
const tier = (more: Partial<Parameter> = {}): Parameter => ({ name: "tier", enum: ["bronze", "silver"], ...more });
const main = (more: Partial<Template> = {}, spec: Partial<WorkflowSpec> = {}) => ({
  entrypoint: "main",
  templates: [pod("main", more)],
  ...spec,
});

describe("an enum", () => {
  test.each<[string, object, string]>([
    [
      "of an argument",
      main({}, { arguments: { parameters: [tier({ value: "gold" })] } }),
      "spec.arguments.parameters[0].value",
    ],
    [
      "without values",
      main({}, { arguments: { parameters: [tier({ value: "gold", enum: [] })] } }),
      "spec.arguments.parameters[0].enum",
    ],
    [
      "of an argument that a variable makes",
      main({}, { arguments: { parameters: [tier({ value: "{{workflow.name}}" })] } }),
      "spec.arguments.parameters[0].value",
    ],
    [
      "of an input's default",
      main({ inputs: { parameters: [tier({ default: "gold" })] } }),
      "spec.templates[0].inputs.parameters[0].default",
    ],
    [
      "of an input's value",
      main({ inputs: { parameters: [tier({ value: "gold" })] } }),
      "spec.templates[0].inputs.parameters[0].value",
    ],
    [
      "of an output's default",
      main({ outputs: { parameters: [tier({ valueFrom: { path: "/o", default: "gold" } })] } }),
      "spec.templates[0].outputs.parameters[0].valueFrom.default",
    ],
    [
      "of a task's argument",
      {
        entrypoint: "main",
        templates: [
          dag([
            { name: "a", template: "echo", arguments: { parameters: [{ ...tier({ value: "gold" }), name: "v" }] } },
          ]),
          echoes,
        ],
      },
      "spec.templates[0].dag.tasks[0].arguments.parameters[0].value",
    ],
    [
      "of a step's argument",
      {
        entrypoint: "main",
        templates: [
          {
            name: "main",
            steps: [
              [{ name: "a", template: "echo", arguments: { parameters: [{ ...tier({ value: "gold" }), name: "v" }] } }],
            ],
          },
          echoes,
        ],
      },
      "spec.templates[0].steps[0][0].arguments.parameters[0].value",
    ],
  ])("%s is checked when the workflow is submitted", (_, spec, field) => {
    expect(status(spec).phase).toBe("Failed");
    expect(message(spec)).toContain(`${field}: `);
    expect(message(spec)).toMatch(
      /should be present in its enum list: "bronze", "silver"|should contain at least one value/,
    );
  });

  test("lets through what is in its list, numbers and booleans by their text", () => {
    const parameters = [
      tier({ value: "silver" }),
      { name: "n", value: 3, enum: ["2", "3"] },
      { name: "b", value: "true", enum: [true] },
    ];
    expect(status(main({}, { arguments: { parameters } }))).toMatchObject({ phase: "Running" });
  });

  const called = (value: string, input: Partial<Parameter> = {}, spec: Partial<WorkflowSpec> = {}) =>
    run(
      [
        dag([{ name: "a", template: "pick", arguments: argument("tier", value) }]),
        pod("pick", { inputs: { parameters: [tier(input)] } }),
      ],
      undefined,
      spec,
    );

  test("of an input ends the node in error before it has a pod", () => {
    const cluster = called("gold");
    expect(cluster.created).toEqual([]);
    expect(cluster.node("a")).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("inputs.parameters.tier: "),
    });
    expect(called("silver").workflow.status?.phase).toBe("Succeeded");
    const unresolved = called("{{workflow.parameters.x}}", {}, { arguments: argument("x", "gold") });
    expect(unresolved.node("a")?.message).toContain('"gold" should be present');
  });

  test("of an argument whose value comes late is checked then", () => {
    const cluster = run(
      [
        dag([
          {
            name: "a",
            template: "echo",
            arguments: { parameters: [{ ...tier({ value: "{{workflow.name}}" }), name: "v" }] },
          },
        ]),
        echoes,
      ],
      echo,
    );
    expect(cluster.created).toEqual([]);
    expect(cluster.node("a")?.message).toContain('arguments.parameters.v: "wf" should be present');
  });

  test("binds what a gate falls back to", () => {
    const gate: Template = {
      name: "main",
      inputs: { parameters: [{ name: "tier", default: "{{workflow.name}}" }] },
      suspend: { duration: "1" },
      outputs: { parameters: [tier({ valueFrom: { supplied: {} } })] },
    };
    expect(run([gate]).node("wf")?.message).toContain("outputs.parameters.tier.valueFrom.default: ");
  });
});

describe("a list that was never filled", () => {
  test.each(["null", "null\n", "[]"])("%j has no items", (list) => {
    const cluster = run(
      [
        dag([
          {
            name: "each",
            template: "echo",
            withParam: "{{workflow.parameters.list}}",
            arguments: argument("v", "{{item}}"),
          },
          {
            name: "after",
            template: "echo",
            depends: "each",
            arguments: argument("v", "{{tasks.each.outputs.parameters}}"),
          },
        ]),
        echoes,
      ],
      echo,
      { arguments: argument("list", list) },
    );
    expect(cluster.node("each")).toMatchObject({ phase: "Skipped", message: "Skipped, empty params" });
    expect(cluster.node("after")?.inputs?.parameters?.[0]?.value).toBe("[]");
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
  });

  test("is not what isn't a list", () => {
    for (const list of ["", "0", "{}", '"null"', "nil", "undefined"])
      expect(
        run([dag([{ name: "each", template: "p", withParam: "{{workflow.parameters.list}}" }]), pod("p")], undefined, {
          arguments: argument("list", list),
        }).node("each"),
      ).toMatchObject({
        phase: "Error",
        message: expect.stringContaining("withParam value could not be parsed as a JSON list"),
      });
  });
});

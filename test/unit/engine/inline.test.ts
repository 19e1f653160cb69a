// Inline templates: they stand in the call, have no name, and run like others.
import { expect, test } from "vitest";
import { annotations } from "../../../embedded/engine/core/names.ts";
import type { Library } from "../../../embedded/engine/core/types.ts";
import { byNode } from "./simulated-cluster.ts";
import { argument, dag, output, phases, run } from "./templates.ts";

const container = { image: "i", command: ["c"] };
const inline = (more: object = {}) => ({ name: "", container, ...more });

test("an inline template runs as a pod without a template's name", () => {
  const cluster = run([dag([{ name: "a", inline: inline() }])]);
  expect(cluster.workflow.status?.phase).toBe("Succeeded");
  expect(cluster.node("a")).not.toHaveProperty("templateName");
  expect(cluster.created[0]).toMatch(/^wf-\d+$/);
});

test("an inline template has inputs, outputs and a retry of its own", () => {
  const template = inline({
    inputs: { parameters: [{ name: "v" }] },
    outputs: output("o"),
    retryStrategy: { limit: 1 },
    container: { ...container, args: ["{{inputs.parameters.v}}"] },
  });
  const cluster = run(
    [
      {
        name: "main",
        steps: [
          [{ name: "a", inline: template, arguments: argument("v", "{{workflow.name}}") }],
          [{ name: "b", inline: template, arguments: argument("v", "{{steps.a.outputs.parameters.o}}") }],
        ],
      },
    ],
    byNode({ "[0].a(0)": { exitCode: 1 }, "wf[0].a(0)": { exitCode: 1 } }, { output: "out" }),
  );
  expect(cluster.workflow.status?.message).toBeUndefined();
  expect(phases(cluster)).toMatchObject({ "a(0)": "Failed", "a(1)": "Succeeded", "b(0)": "Succeeded" });
  expect(cluster.node("b")?.inputs?.parameters).toEqual([{ name: "v", value: "out" }]);
});

test("an inline template has the variables of the call in which it stands, its own inputs first", () => {
  const args = ["{{inputs.parameters.v}} {{inputs.parameters.w}} {{steps.a.status}} {{item}}"];
  const own = inline({ inputs: { parameters: [{ name: "v", value: "own" }] }, container: { ...container, args } });
  const cluster = run([
    {
      name: "main",
      inputs: { parameters: ["v", "w"].map((name) => ({ name, value: "outer" })) },
      steps: [[{ name: "a", inline: inline() }], [{ name: "b", inline: own, withItems: [7] }]],
    },
  ]);
  expect(cluster.workflow.status?.message).toBeUndefined();
  const pod = cluster.list().find(({ metadata }) => metadata.annotations?.[annotations.nodeName] === "wf[1].b(0:7)");
  expect(pod?.spec.containers).toMatchObject([{ args: ["own outer Succeeded 7"] }]);
});

test("inline templates stand in each other, and in those of a WorkflowTemplate", () => {
  const nested = { name: "", dag: { tasks: [{ name: "x", inline: inline({ outputs: output("o") }) }] } };
  const library: Library = {
    workflowTemplate: () => ({ metadata: { name: "t" }, spec: { templates: [dag([{ name: "b", inline: nested }])] } }),
    clusterWorkflowTemplate: () => undefined,
  };
  const steps = [[{ name: "a", templateRef: { name: "t", template: "main" } }]];
  const cluster = run([{ name: "main", steps }], () => ({ output: "1" }), {}, library);
  expect(cluster.workflow.status?.phase).toBe("Succeeded");
  expect(cluster.node("x")?.outputs?.parameters?.[0]?.value).toBe("1");
});

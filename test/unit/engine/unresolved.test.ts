// Workflows that are refused because something can't be resolved, and how refusals are told.
import { describe, expect, test } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Library, Workflow } from "../../../embedded/engine/core/types.ts";
import { workflow } from "./simulated-cluster.ts";
import { at, image, main, status, task } from "./submitted-spec.ts";

describe("cannot be resolved:", () => {
  const arg = (value: string) => ({ arguments: { parameters: [{ name: "x", value }] } });
  const calls = (value: string, more: object = {}) => task({ depends: "a", ...arg(value), ...more });

  test.each([
    [main({ container: { ...image, args: ["{{inputs.parameters.x}}"] } }), "{{inputs.parameters.x}}"],
    [main({ container: { ...image, args: ["{{workflow.parameters.x}}"] } }), "{{workflow.parameters.x}}"],
    [main({ container: { ...image, args: ["{{workflow.creationTimestamp.?}}"] } }), "{{workflow.creationTimestamp.?}}"],
    [main({ container: { ...image, args: ["{{workflow.priority}}"] } }), "{{workflow.priority}}"],
    [main({ container: { ...image, args: ["{{retries}}"] } }), "{{retries}}"],
    [main({ container: { ...image, args: ["{{tasks.a.status}}"] } }), "{{tasks.a.status}}"],
    [main({ container: { ...image, args: ["{{outputs.parameters.o.path}}"] } }), "{{outputs.parameters.o.path}}"],
    [main({ container: { ...image, args: ["{{node.ip}}"] } }), "{{node.ip}}"],
    [calls("{{item}}"), "{{item}}"],
    [calls("{{steps.a.status}}"), "{{steps.a.status}}"],
    [calls("{{tasks.b.status}}"), "{{tasks.b.status}}"],
    [calls("{{tasks.a.ip}}"), "{{tasks.a.ip}}"],
    [calls("{{tasks.a.outputs.parameters.o}}"), "{{tasks.a.outputs.parameters.o}}"],
    [calls("{{tasks.a.status}}", { depends: undefined }), "{{tasks.a.status}}"],
    [
      main({
        steps: [
          [
            { name: "a", template: "p" },
            { name: "b", template: "p", ...arg("{{steps.a.status}}") },
          ],
        ],
      }),
      "{{steps.a.status}}",
    ],
    [
      main({
        dag: { tasks: [{ name: "a", template: "p" }] },
        outputs: { parameters: [{ name: "o", valueFrom: { parameter: "tasks.z.exitCode" } }] },
      }),
      "{{tasks.z.exitCode}}",
    ],
  ])("%j", (spec, variable) => {
    expect(status(spec)).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining(`failed to resolve ${variable}`),
    });
  });

  test("but every variable that there is can be", () => {
    const args = [
      ...[
        "name",
        "namespace",
        "uid",
        "serviceAccountName",
        "mainEntrypoint",
        "creationTimestamp",
        "creationTimestamp.RFC3339",
        "creationTimestamp.Y",
        "parameters",
        "parameters.json",
        "parameters.x",
        "labels",
        "labels.json",
        "annotations",
        "annotations.json",
        "status",
        "duration",
      ].map((name) => `workflow.${name}`),
      ...[
        "pod.name",
        "node.name",
        "inputs.parameters",
        "inputs.parameters.p",
        "outputs.parameters.o.path",
        "retries",
        "lastRetry.exitCode",
      ],
    ].map((name) => `${name}={{${name}}}`);
    const template = {
      name: "main",
      container: { ...image, args },
      retryStrategy: { limit: 1 },
      inputs: { parameters: [{ name: "p", default: "d", description: "text" }] },
      outputs: { parameters: [{ name: "o", valueFrom: { path: "/o" } }] },
    };
    const submitted = workflow({
      entrypoint: "main",
      serviceAccountName: "sa",
      arguments: { parameters: [{ name: "x", value: 1 }] },
      templates: [template],
    });
    const [pod] = advance(
      { ...submitted, metadata: { ...submitted.metadata, labels: { l: "1" } } },
      [],
      at,
    ).podsToCreate;
    const [container] = (pod?.spec.containers ?? []) as { args: string[] }[];
    expect(container?.args).toEqual([
      "workflow.name=wf",
      "workflow.namespace=ns",
      "workflow.uid=u-1",
      "workflow.serviceAccountName=sa",
      "workflow.mainEntrypoint=main",
      "workflow.creationTimestamp=2026-01-01T00:00:00Z",
      "workflow.creationTimestamp.RFC3339=2026-01-01T00:00:00Z",
      "workflow.creationTimestamp.Y=2026",
      'workflow.parameters=[{"name":"x","value":"1"}]',
      'workflow.parameters.json=[{"name":"x","value":"1"}]',
      "workflow.parameters.x=1",
      'workflow.labels={"l":"1"}',
      'workflow.labels.json={"l":"1"}',
      "workflow.annotations={}",
      "workflow.annotations.json={}",
      "workflow.status=Running",
      "workflow.duration=0.000000",
      expect.stringMatching(/^pod.name=wf-main-\d+$/),
      "node.name=wf(0)",
      'inputs.parameters=[{"name":"p","default":"d","value":"d","description":"text"}]',
      "inputs.parameters.p=d",
      "outputs.parameters.o.path=/o",
      "retries=0",
      "lastRetry.exitCode=0",
    ]);
  });
});

test("all mistakes are told at once, the first ten by name", () => {
  const templates = Array.from({ length: 14 }, (_, index) => ({ name: `t${index}`, container: {} }));
  const message = status({ entrypoint: "t0", templates }).message ?? "";
  expect(message.match(/may not be empty/g)).toHaveLength(10);
  expect(message).toMatch(/; and 4 more$/);
});

test("what a user writes into an argument is text, whatever it looks like", () => {
  const args = { arguments: { parameters: [{ name: "x", value: "{{=1+1}} {{tasks.a.status}} {{workflow.name}}" }] } };
  const submitted = workflow(
    main({ container: { ...image, args: ["{{workflow.parameters.x}}"] } }, args) as Workflow["spec"],
  );
  const [pod] = advance(submitted, [], at).podsToCreate;
  expect(pod?.spec.containers).toMatchObject([{ args: ["{{=1+1}} {{tasks.a.status}} wf"] }]);
});

test("a name that labels cannot carry is refused", () => {
  const submitted = workflow(main({ container: image }) as Workflow["spec"], "w".repeat(64));
  expect(advance(submitted, [], at).status.message).toBe(
    "invalid spec: metadata.name: must not be more than 63 characters long",
  );
});

test("templates of a referred WorkflowTemplate are checked as well", () => {
  const library: Library = {
    workflowTemplate: (name) => ({ metadata: { name }, spec: { templates: [{ name: "x", container: {} }] } }),
    clusterWorkflowTemplate: () => undefined,
  };
  const spec = main({ steps: [[{ name: "a", templateRef: { name: "w", template: "x" } }]] });
  expect(status(spec, library).message).toBe(
    "invalid spec: workflow template w: spec.templates[0].container.image: may not be empty",
  );
});

test("a labels' template that has no value at run time is refused, too", () => {
  const spec = main({ container: image }, { workflowMetadata: { labels: { a: "{{workflow.labels.none}}" } } });
  expect(status(spec)).toMatchObject({
    phase: "Failed",
    message: "invalid spec: failed to resolve {{workflow.labels.none}}",
  });
  const result = advance(
    workflow(
      main(
        { container: image },
        { workflowMetadata: { labels: { a: "{{workflow.name}}" }, annotations: { b: "c" } } },
      ) as Workflow["spec"],
    ),
    [],
    at,
  );
  expect(result.labels).toMatchObject({ a: "wf" });
  expect(result.annotations).toMatchObject({ b: "c" });
});

// What is refused at submission, by the path of its field.
import { describe, expect, test } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Library, Workflow } from "../../../embedded/engine/core/types.ts";
import { workflow } from "./simulated-cluster.ts";

const image = { image: "i" };
const at = new Date("2026-01-01T00:00:00Z");
/** The parts of a spec come from people: they may be anything. */
const status = (spec: object, library?: Library) => advance(workflow(spec as Workflow["spec"]), [], at, library).status;
const main = (template: object, more: object = {}) => ({
  entrypoint: "main",
  templates: [
    { name: "main", ...template },
    { name: "p", container: image },
  ],
  ...more,
});
const task = (fields: object) =>
  main({
    dag: {
      tasks: [
        { name: "a", template: "p" },
        { name: "b", template: "p", ...fields },
      ],
    },
  });
const MESSAGE = "is not supported by this workflow engine";

describe("is not supported:", () => {
  test.each([
    [
      main({ container: image }, { synchronization: { mutexes: [], mutex: { name: "m" } } }),
      `spec.synchronization: ${MESSAGE}`,
    ],
    [main({ container: image }, { hooks: { exit: { template: "p" } } }), `spec.hooks: ${MESSAGE}`],
    [main({ container: image }, { podSpecPatch: "{}" }), `spec.podSpecPatch: ${MESSAGE}`],
    [main({ container: image }, { archiveLogs: true }), `spec.archiveLogs: ${MESSAGE} unless false`],
    [
      main({ container: image }, { podGC: { strategy: "Never" } }),
      `spec.podGC.strategy: "Never" ${MESSAGE}: use one of OnPodCompletion, OnPodSuccess, OnWorkflowCompletion, OnWorkflowSuccess`,
    ],
    [
      main({ container: image }, { podGC: { labelSelector: { matchLabels: { a: "b" } } } }),
      `spec.podGC.labelSelector: ${MESSAGE}`,
    ],
    [main({ container: image }, { shutdown: "Now" }), `spec.shutdown: "Now" ${MESSAGE}: use one of Stop, Terminate`],
    [main({ container: image }, { parallelism: 0 }), "spec.parallelism: must be a positive integer"],
    [
      main({ container: image }, { templateDefaults: { memoize: { key: "k" } } }),
      `spec.templateDefaults.memoize: ${MESSAGE}`,
    ],
    [main({ container: image, memoize: { key: "k" } }), `spec.templates[0].memoize: ${MESSAGE}`],
    [main({ container: image, daemon: true }), `spec.templates[0].daemon: ${MESSAGE}`],
    [main({ container: image, sidecars: [image] }), `spec.templates[0].sidecars: ${MESSAGE}`],
    [
      main({ container: { ...image, restartPolicyRules: [1] } }),
      `spec.templates[0].container.restartPolicyRules: ${MESSAGE}`,
    ],
    [main({ resource: { action: "get" } }), `spec.templates[0].resource: ${MESSAGE}`],
    [
      main({ container: image, inputs: { artifacts: [{ name: "a" }] } }),
      `spec.templates[0].inputs.artifacts: ${MESSAGE}`,
    ],
    [
      main({
        container: image,
        inputs: { parameters: [{ name: "a", valueFrom: { configMapKeyRef: { name: "c" } } }] },
      }),
      `spec.templates[0].inputs.parameters[0].valueFrom.configMapKeyRef: ${MESSAGE}`,
    ],
    [
      main({ container: image, outputs: { parameters: [{ name: "a", globalName: "g", valueFrom: { path: "/a" } }] } }),
      `spec.templates[0].outputs.parameters[0].globalName: ${MESSAGE}`,
    ],
    [
      main({
        container: image,
        outputs: {
          parameters: [
            { name: "a", valueFrom: { path: "/a" } },
            { name: "b", valueFrom: { path: "/b" } },
          ],
        },
      }),
      "spec.templates[0].outputs.parameters[1].valueFrom.path: a second path",
    ],
    [
      main({
        container: { ...image, terminationMessagePath: "/t" },
        outputs: { parameters: [{ name: "a", valueFrom: { path: "/a" } }] },
      }),
      "not supported beside a terminationMessagePath",
    ],
    [
      main({ container: image, retryStrategy: { limit: "1", retryPolicy: "OnSunday" } }),
      `spec.templates[0].retryStrategy.retryPolicy: "OnSunday" ${MESSAGE}`,
    ],
    [
      main({ container: image, retryStrategy: { limit: "1", affinity: { nodeAntiAffinity: { x: 1 } } } }),
      `spec.templates[0].retryStrategy.affinity: ${MESSAGE}`,
    ],
    [
      main({ container: image, retryStrategy: { expression: "sprig.int(1) == 1" } }),
      'spec.templates[0].retryStrategy.expression: function "sprig.int" is not supported',
    ],
    [
      main({ container: { ...image, args: ["{{=1+1}}"] } }),
      "spec.templates[0].container.args[0]: expression tags ({{=…}}) are not supported",
    ],
    [task({ continueOn: { failed: true } }), `spec.templates[0].dag.tasks[1].continueOn: ${MESSAGE}`],
    [task({ onExit: "p" }), `spec.templates[0].dag.tasks[1].onExit: ${MESSAGE}`],
    [task({ inline: { container: image } }), `spec.templates[0].dag.tasks[1].inline: ${MESSAGE}`],
    [
      main({ steps: [[{ name: "a", template: "p", hooks: { x: { template: "p" } } }]] }),
      `spec.templates[0].steps[0][0].hooks: ${MESSAGE}`,
    ],
  ])("%j", (spec, message) => {
    const refusal = status(spec);
    expect(refusal.phase).toBe("Error");
    expect(refusal.message).toContain(message);
    expect(refusal.nodes).toBeUndefined();
  });
});

describe("makes no sense:", () => {
  const steps = (call: object) => main({ steps: [[{ name: "a", template: "p", ...call }]] });
  const templatesWith = (call: object) => ({
    ...main({ steps: [[{ name: "a", template: "q", ...call }]] }),
    templates: [
      { name: "main", steps: [[{ name: "a", template: "q", ...call }]] },
      { name: "q", inputs: { parameters: [{ name: "x" }] }, container: image },
    ],
  });

  test.each([
    [{ templates: [{ name: "main", container: image }] }, "spec.entrypoint: is required"],
    [main({ container: image }, { entrypoint: "other" }), "spec.entrypoint: template name 'other' undefined"],
    [main({ container: image }, { onExit: "other" }), "spec.onExit: template name 'other' undefined"],
    [
      main({ container: image }, { arguments: { parameters: [{ name: "x" }] } }),
      "spec.arguments.parameters[0].value: 'x' has no value",
    ],
    [
      main({ container: image, suspend: {} }),
      "spec.templates[0]: must have exactly one of container, script, steps, dag, suspend, but has container, suspend",
    ],
    [main({}), "but has none"],
    [main({ container: {} }), "spec.templates[0].container.image: may not be empty"],
    [
      main({ container: image, parallelism: 2 }),
      "spec.templates[0].parallelism: is only valid for steps and dag templates",
    ],
    [
      main({ suspend: {}, activeDeadlineSeconds: 3 }),
      "spec.templates[0].activeDeadlineSeconds: is only valid for container and script templates",
    ],
    [
      main({ container: image, initContainers: [{ image: "i" }] }),
      "spec.templates[0].initContainers[0].name: is required",
    ],
    [
      main({ container: image, activeDeadlineSeconds: -3 }),
      "spec.templates[0].activeDeadlineSeconds: must be a positive integer",
    ],
    [
      main({ suspend: { duration: "5 minutes" } }),
      'spec.templates[0].suspend.duration: unable to parse "5 minutes" as a duration',
    ],
    [
      {
        entrypoint: "p",
        templates: [
          { name: "p", container: image },
          { name: "p", container: image },
        ],
      },
      "spec.templates[1].name: 'p' is not unique",
    ],
    [
      { entrypoint: "a_b", templates: [{ name: "a_b", container: image }] },
      'spec.templates[0].name: "a_b" is not a valid name',
    ],
    [
      main({ container: image, outputs: { parameters: [{ name: "o" }] } }),
      "outputs.parameters[0]: does not have valueFrom or value specified",
    ],
    [
      main({ container: image, outputs: { parameters: [{ name: "o", valueFrom: {} }] } }),
      "must have exactly one of path, parameter, supplied",
    ],
    [
      main({ suspend: {}, outputs: { parameters: [{ name: "o", valueFrom: { path: "/o" } }] } }),
      "valueFrom.path: is only valid in container and script templates",
    ],
    [
      main({
        container: image,
        outputs: { parameters: [{ name: "o", valueFrom: { parameter: "{{inputs.parameters.x}}" } }] },
      }),
      "valueFrom.parameter: is only valid in steps and dag templates",
    ],
    [
      main({ container: image, outputs: { parameters: [{ name: "o", valueFrom: { supplied: {} } }] } }),
      "valueFrom.supplied: is only valid in suspend templates",
    ],
    [
      main({ container: image, retryStrategy: { backoff: { factor: 2 } } }),
      "retryStrategy.backoff.duration: is required",
    ],
    [
      main({ container: image, retryStrategy: { backoff: { duration: "1s", cap: "x" } } }),
      "retryStrategy.backoff.cap: unable to parse",
    ],
    [
      main({ container: image }, { retryStrategy: { backoff: { duration: "x" } } }),
      "spec.retryStrategy.backoff.duration: unable to parse",
    ],
    [
      main({ container: image }, { podGC: { deleteDelayDuration: "x" } }),
      "spec.podGC.deleteDelayDuration: unable to parse",
    ],
    [main({ dag: { tasks: [] } }), "spec.templates[0].dag.tasks: must have at least one task"],
    [task({ depends: "c" }), "task 'b' depends on 'c', which is not a task of this template"],
    [task({ depends: "b" }), "tasks depend on each other in a cycle: b -> b"],
    [task({ depends: "a.AnySucceeded" }), "task 'a' does not contain any items"],
    [task({ depends: "a &&" }), "spec.templates[0].dag.tasks: unexpected end of expression"],
    [main({ dag: { target: "x", tasks: [{ name: "a", template: "p" }] } }), "target 'x' is not defined"],
    [
      main({
        dag: {
          tasks: [
            { name: "a", template: "p" },
            { name: "b", template: "p", depends: "a" },
            { name: "c", template: "p", dependencies: ["a"] },
          ],
        },
      }),
      "cannot use both 'depends' and 'dependencies'",
    ],
    [
      main({
        dag: {
          tasks: [
            { name: "a", template: "p" },
            { name: "1b", template: "p", depends: "a" },
          ],
        },
      }),
      "cannot begin with a digit",
    ],
    [
      steps({ withItems: [1], withParam: "[]" }),
      "steps[0][0]: only one of withItems, withParam, withSequence can be specified",
    ],
    [steps({ withSequence: { count: 1, end: 2 } }), "withSequence: must have exactly one of count and end"],
    [steps({ withItems: Array(10_001).fill(1) }), "withItems: at most 10000 items are possible"],
    [steps({ template: undefined }), "steps[0][0]: must have exactly one of template and templateRef"],
    [steps({ template: "x" }), "steps[0][0].template: template name 'x' undefined"],
    [
      steps({ template: undefined, templateRef: { name: "t", template: "x" } }),
      "steps[0][0].templateRef.name: workflow template t not found",
    ],
    [
      steps({ template: undefined, templateRef: { template: "x" } as { name: string; template: string } }),
      "steps[0][0].templateRef.name: is required",
    ],
    [
      steps({ template: undefined, templateRef: { name: "w", template: "" } }),
      "steps[0][0].templateRef.template: is required",
    ],
    [
      steps({ template: undefined, templateRef: { name: "w", template: "x" } }),
      "steps[0][0].templateRef.template: template x not found in workflow template w",
    ],
    [templatesWith({}), "steps[0][0].arguments.parameters: inputs.parameters.x of template q was not supplied"],
  ])("%j", (spec, message) => {
    const library: Library = {
      workflowTemplate: (name) => (name === "w" ? { metadata: { name }, spec: { templates: [] } } : undefined),
      clusterWorkflowTemplate: () => undefined,
    };
    const refusal = status(spec, library);
    expect(refusal.phase).toBe("Failed");
    expect(refusal.message).toMatch(/^invalid spec: /);
    expect(refusal.message).toContain(message);
  });
});

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

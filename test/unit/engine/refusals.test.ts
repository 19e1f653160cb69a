// What is refused at submission, by the path of its field.
import { describe, expect, test } from "vitest";
import type { Library } from "../../../embedded/engine/core/types.ts";
import { image, main, status, task } from "./submitted-spec.ts";

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
    [task({ onExit: "p" }), `spec.templates[0].dag.tasks[1].onExit: ${MESSAGE}`],
    [
      task({ template: undefined, inline: { daemon: true, container: image } }),
      `spec.templates[0].dag.tasks[1].inline.daemon: ${MESSAGE}`,
    ],
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
    [steps({ template: undefined }), "steps[0][0]: must have exactly one of template, templateRef and inline"],
    [steps({ inline: { container: image } }), "steps[0][0]: must have exactly one of template, templateRef and inline"],
    [steps({ template: undefined, inline: "q" }), "steps[0][0].inline: must be an object, not a string"],
    [
      steps({ template: undefined, inline: { container: { image: "{{inputs.parameters.x}}" } } }),
      "steps[0][0].inline.container.image: failed to resolve {{inputs.parameters.x}}",
    ],
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

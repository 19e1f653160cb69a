// What a run of Tekton says of its tasks' pods is in effect for them, and what it says itself is judged where it stands.
import { describe, expect, test } from "vitest";
import { rules } from "../rules/index.ts";
import { container, context, object } from "../testing/objects.ts";
import { verdicts } from "../testing/table.ts";
import type { Fields } from "../values.ts";

const tekton = (kind: string, spec: Fields, metadata: Fields = {}) =>
  object(kind, { metadata: { name: "one", namespace: "space", ...metadata }, spec }, "tekton.dev/v1");
const verdictsOf = (name: string, subject: Fields) => {
  const [rule] = rules.filter((candidate) => candidate.name === name);
  return rule ? verdicts(rule, subject) : ["no such rule"];
};

const shared = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const { resources, ...unsized } = container();
const step = (more: Fields = {}): Fields => ({ ...unsized, computeResources: resources, ...more });
const taskRun = (more: Fields, task: Fields = {}) =>
  tekton("TaskRun", { taskSpec: { steps: [step()], ...task }, podTemplate: { securityContext: shared }, ...more });
const violations = (subject: Fields) =>
  rules.filter(({ area }) => area === "pods" || area === "secrets").flatMap((rule) => verdicts(rule, subject));

test("a good run violates nothing, with whatever Tekton fills in", () => {
  expect(violations(taskRun({}))).toEqual([]);
  expect(violations(taskRun({}, { steps: [step({ image: "$(params.image)" })] }))).toEqual([]);
  expect(violations(taskRun({}, { steps: [{ ref: { name: "git-clone" } }, step()] }))).toEqual([]);
  expect(violations(tekton("TaskRun", { taskRef: { name: "a" } }))).toEqual([]);
  expect(violations(tekton("PipelineRun", { pipelineRef: { name: "a" }, taskRunTemplate: {} }))).toEqual([]);
});

test("messages name Tekton's fields", () => {
  const { computeResources: _, ...rest } = step();
  expect(verdictsOf("resources", taskRun({}, { steps: [rest] }))[0]).toMatch(
    /^spec\.taskSpec\.steps\[0\] \(main\)\.computeResources\.requests\.cpu: /,
  );
  expect(verdictsOf("resources", taskRun({}, { steps: [{ ...rest, resources: {} }] }))[0]).toContain(
    "(main).resources.requests",
  );
  expect(verdictsOf("image-pinned", tekton("Task", { steps: [step({ image: "$(params.registry)/a" })] }))[0]).toContain(
    "spec.steps[0] (main).image",
  );
});

describe("a task of a pipeline run", () => {
  const pipelineRun = (more: Fields) =>
    tekton("PipelineRun", { pipelineSpec: { tasks: [{ name: "a", taskSpec: { steps: [step()] } }] }, ...more });

  test("shares the security context of the run, or has one of its own that takes the place of it", () => {
    const template = { podTemplate: { securityContext: shared } };
    const own = (context: Fields, name = "a") => ({
      taskRunTemplate: template,
      taskRunSpecs: [{ pipelineTaskName: name, podTemplate: { securityContext: context } }],
    });
    expect(verdictsOf("seccomp", pipelineRun({ taskRunTemplate: template }))).toEqual([]);
    expect(verdictsOf("seccomp", pipelineRun(template))).toEqual([]);
    expect(verdictsOf("seccomp", pipelineRun({}))).toHaveLength(1);
    expect(verdictsOf("seccomp", pipelineRun(own({ runAsNonRoot: true })))).toHaveLength(1);
    expect(verdictsOf("seccomp", pipelineRun(own({ runAsNonRoot: true }, "b")))).toEqual([]);
  });
});

test("a step's size may be said by the run, for one step or for the task", () => {
  const { computeResources: size, ...rest } = step();
  const unsizedRun = (more: Fields) => taskRun(more, { steps: [rest] });
  expect(verdictsOf("resources", unsizedRun({ computeResources: size }))).toEqual([]);
  expect(verdictsOf("resources", unsizedRun({ stepSpecs: [{ name: "main", computeResources: size }] }))).toEqual([]);
  expect(verdictsOf("resources", unsizedRun({ stepSpecs: [{ name: "other", computeResources: size }] }))).toHaveLength(
    3,
  );
  expect(
    verdictsOf("resources", taskRun({ computeResources: size }, { sidecars: [{ ...rest, name: "side" }] })),
  ).toHaveLength(3);
});

test("a step has what the template for steps says, and what it says itself instead", () => {
  const task = (stepTemplate: Fields, more: Fields) =>
    tekton("Task", { stepTemplate, steps: [{ ...step(), ...more }] });
  expect(verdictsOf("capabilities", task({ securityContext: context }, { securityContext: undefined }))).toEqual([]);
  expect(verdictsOf("privileged", task({ securityContext: { privileged: true } }, {}))).toHaveLength(1);
  expect(
    verdictsOf(
      "privileged",
      task({ securityContext: { privileged: true } }, { securityContext: { privileged: false } }),
    ),
  ).toEqual([]);
});

test("what becomes a step's environment is searched for secrets where it stands", () => {
  const env = [{ name: "TOKEN", value: "hunter2" }];
  expect(verdictsOf("secrets-in-clear", taskRun({ podTemplate: { env } }))).toEqual([
    expect.stringMatching(/^spec\.podTemplate\.env \(TOKEN\)/),
  ]);
  expect(
    verdictsOf(
      "secrets-in-clear",
      taskRun({}, { stepTemplate: { env }, steps: [step({ env: [{ name: "A", value: "b" }] })] }),
    ),
  ).toEqual([expect.stringMatching(/^spec\.taskSpec\.stepTemplate\.env \(TOKEN\)/)]);
});

test("labels and annotations of a run and of its embedded task are those of the pod", () => {
  const annotations = { "container.apparmor.security.beta.kubernetes.io/step-main": "unconfined" };
  const run = tekton("TaskRun", { taskRef: { name: "a" } }, { annotations });
  expect(verdictsOf("security-modules", run)[0]).toMatch(/^metadata\.annotations/);
  expect(verdictsOf("security-modules", taskRun({}, { metadata: { annotations } }))[0]).toMatch(
    /^spec\.taskSpec\.metadata/,
  );
});

test("a token in a run's template needs an account of the run", () => {
  const podTemplate = { automountServiceAccountToken: true };
  expect(verdictsOf("service-account-token", tekton("TaskRun", { podTemplate }))).toHaveLength(1);
  expect(verdictsOf("service-account-token", tekton("TaskRun", { podTemplate, serviceAccountName: "a" }))).toEqual([]);
  expect(
    verdictsOf(
      "service-account-token",
      tekton("PipelineRun", { taskRunTemplate: { podTemplate, serviceAccountName: "a" } }),
    ),
  ).toEqual([]);
});

test("tasks of others in that form are found, and steps of other kinds are none", () => {
  const strategy = object(
    "BuildStrategy",
    { spec: { steps: [step({ securityContext: { privileged: true } })] } },
    "shipwright.io/v1beta1",
  );
  expect(verdictsOf("privileged", strategy)).toEqual([
    expect.stringMatching(/^spec\.steps\[0\] \(main\)\.securityContext/),
  ]);
  const rollout = object(
    "Rollout",
    { spec: { strategy: { canary: { steps: [{ setWeight: 20 }, { pause: {} }] } }, workloadRef: { name: "a" } } },
    "argoproj.io/v1alpha1",
  );
  const promotion = object(
    "PromotionTask",
    { spec: { steps: [{ uses: "git-clone", config: { image: "a" } }] } },
    "kargo.akuity.io/v1alpha1",
  );
  for (const subject of [rollout, promotion]) expect(violations(subject)).toEqual([]);
});

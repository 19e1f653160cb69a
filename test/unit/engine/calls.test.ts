// Steps, repeated calls, and templates from elsewhere.
import { describe, expect, test } from "vitest";
import type { Library, Template, WorkflowSpec, WorkflowTemplate } from "../../../embedded/engine/core/types.ts";
import { byNode, SimulatedCluster, workflow } from "./simulated-cluster.ts";
import { argument, dag, echo, echoes, phases, pod, run } from "./templates.ts";

describe("repeated calls", () => {
  test("in steps give their outputs as lists", () => {
    const steps = [
      [
        { name: "m", template: "echo", withItems: ["1", "2"], arguments: argument("v", '{"n":{{item}}}') },
        { name: "e", template: "echo", withParam: "[]", arguments: argument("v", "{{item}}") },
      ],
      [
        {
          name: "sum",
          template: "echo",
          arguments: argument(
            "v",
            "{{steps.m.outputs.parameters.o}} {{steps.m.outputs.parameters}} {{steps.e.outputs.parameters}}",
          ),
        },
      ],
    ];
    const cluster = run([{ name: "main", steps }, echoes], echo);
    expect(cluster.node("wf[1].sum")?.outputs?.parameters?.[0]?.value).toBe(
      '[{"n":1},{"n":2}] [{"o":"{\\"n\\":1}"},{"o":"{\\"n\\":2}"}] []',
    );
    expect(cluster.node("wf[0].e")).toMatchObject({ phase: "Skipped", message: "Skipped, empty params" });
  });

  test("let others wait for any success or for all failures", () => {
    const tasks = [
      { name: "m", template: "p", withSequence: { count: "2" } },
      { name: "n", template: "p", withSequence: { count: "2" } },
      { name: "any", template: "p", depends: "m.AnySucceeded" },
      { name: "all", template: "p", depends: "n.AllFailed" },
      { name: "never", template: "p", depends: "m.AllFailed" },
    ];
    const cluster = run(
      [dag(tasks), pod("p")],
      byNode({ "m(0:0)": { exitCode: 1 }, "n(0:0)": { exitCode: 1 }, "n(1:1)": { exitCode: 1 } }),
    );
    expect(phases(cluster)).toMatchObject({
      any: "Succeeded",
      all: "Succeeded",
      never: "Omitted",
      m: "Failed",
      n: "Failed",
    });
  });

  test("check the condition for each item, and forgive a missing list when the condition is false", () => {
    const tasks = [
      { name: "m", template: "p", withItems: [1, 2, 3], when: "{{item}} != 2" },
      { name: "off", template: "p", when: "false", withParam: "no list" },
      { name: "bad", template: "p", withParam: "no list" },
    ];
    const cluster = run([dag(tasks), pod("p")]);
    expect(phases(cluster)).toMatchObject({ "m(0:1)": "Succeeded", "m(1:2)": "Skipped", off: "Skipped", bad: "Error" });
    const steps = run([{ name: "main", steps: [tasks.slice(0, 2)] }, pod("p")]);
    expect(phases(steps)).toMatchObject({ "m(0:1)": "Succeeded", "m(1:2)": "Skipped", off: "Skipped" });
    const notAList = run([{ name: "main", steps: [[{ name: "bad", template: "p", withParam: "no list" }]] }, pod("p")]);
    expect(notAList.workflow.status?.message).toBe("withParam value could not be parsed as a JSON list: no list");
  });
});

describe("steps", () => {
  test("a group that fails ends the template, after those beside it", () => {
    const steps = [
      [
        { name: "bad", template: "p" },
        { name: "slow", template: "p" },
      ],
      [{ name: "next", template: "p" }],
    ];
    const cluster = run(
      [{ name: "main", steps }, pod("p")],
      byNode({ "wf[0].bad": { exitCode: 2 }, "wf[0].slow": { seconds: 9 } }),
    );
    expect(phases(cluster)).toEqual({ wf: "Failed", "[0]": "Failed", bad: "Failed", slow: "Succeeded" });
    expect(cluster.workflow.status?.message).toBe(
      `child '${cluster.node("bad")?.id}' failed: bad: main: Error (exit code 2)`,
    );
  });

  test("a wrong condition or argument is an error of the group", () => {
    const invalidWhen = run([{ name: "main", steps: [[{ name: "a", template: "p", when: "1 +" }]] }, pod("p")]);
    expect(invalidWhen.workflow.status).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("Invalid 'when' expression '1 +'"),
    });
    const unknownTemplate = run([
      {
        name: "main",
        steps: [
          [{ name: "a", template: "p", when: "1 == 2" }],
          [{ name: "b", template: "echo", arguments: argument("v", "{{steps.a.exitCode}}") }],
        ],
      },
      pod("p"),
      echoes,
    ]);
    expect(unknownTemplate.workflow.status?.message).toBe(
      "step group deemed errored due to child wf[1].b error: failed to resolve {{steps.a.exitCode}}",
    );
  });

  test("a template may call itself until its condition says stop, or it is too deep", () => {
    const flip = (when: string): Template[] => [
      {
        name: "main",
        inputs: { parameters: [{ name: "n", default: "x" }] },
        steps: [
          [{ name: "a", template: "p" }],
          [{ name: "again", template: "main", when, arguments: argument("n", "{{inputs.parameters.n}}x") }],
        ],
      },
      pod("p"),
    ];
    expect(run(flip("{{inputs.parameters.n}} != xxx")).created).toHaveLength(3);
    const endless = run([{ name: "main", steps: [[{ name: "again", template: "main" }]] }]);
    expect(endless.workflow.status?.phase).toBe("Failed");
    expect(
      Object.values(endless.workflow.status?.nodes ?? {}).some(({ message }) =>
        message?.includes("Maximum recursion depth exceeded"),
      ),
    ).toBe(true);
  });
});

describe("templates from elsewhere", () => {
  const template = (name: string, spec: WorkflowSpec): WorkflowTemplate => ({ metadata: { name }, spec });
  const shared = template("shared", {
    podMetadata: { labels: { team: "x" } },
    templates: [dag([{ name: "in", template: "leaf" }], { name: "outer" }), pod("leaf")],
  });
  const library: Library = {
    workflowTemplate: (name) =>
      name === "base"
        ? template("base", {
            entrypoint: "main",
            arguments: { parameters: [{ name: "a", value: "1" }, { name: "b" }] },
            templates: [
              echoes,
              {
                ...dag([
                  {
                    name: "e",
                    template: "echo",
                    arguments: argument("v", "{{workflow.parameters.a}}{{workflow.parameters.b}}"),
                  },
                ]),
              },
            ],
          })
        : undefined,
    clusterWorkflowTemplate: (name) => (name === "shared" ? shared : undefined),
  };

  test("keep their own names, and stay as they were when the workflow first used them", () => {
    const spec: WorkflowSpec = {
      entrypoint: "main",
      templates: [
        {
          name: "main",
          steps: [[{ name: "a", templateRef: { name: "shared", template: "outer", clusterScope: true } }]],
        },
      ],
    };
    const cluster = new SimulatedCluster(workflow(spec), undefined, library).run();
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(Object.keys(cluster.workflow.status?.storedTemplates ?? {})).toEqual([
      "cluster/shared/outer",
      "cluster/shared/leaf",
    ]);
    expect(cluster.node("wf[0].a.in")).toMatchObject({ templateName: "leaf", templateScope: "cluster/shared" });
    expect(cluster.list()[0]?.metadata.labels).toMatchObject({ team: "x" });
    const startedCluster = new SimulatedCluster(workflow(spec), undefined, library);
    startedCluster.step();
    const withoutLibrary = new SimulatedCluster(startedCluster.workflow);
    expect(withoutLibrary.run().workflow.status?.phase).toBe("Succeeded");
  });

  test("take arguments from the workflow over their own", () => {
    const cluster = new SimulatedCluster(
      workflow({ workflowTemplateRef: { name: "base" }, arguments: argument("b", "{{workflow.name}} {{user}}") }),
      echo,
      library,
    ).run();
    expect(cluster.node("wf.e")?.outputs?.parameters?.[0]?.value).toBe("1wf {{user}}");
    expect(cluster.workflow.metadata.labels).toMatchObject({ "workflows.argoproj.io/workflow-template": "base" });
  });

  test.each<[WorkflowSpec, string]>([
    [
      { workflowTemplateRef: { name: "none" } },
      "invalid spec: spec.workflowTemplateRef.name: workflow template none not found",
    ],
    [
      { workflowTemplateRef: { name: "base", clusterScope: true } },
      "invalid spec: spec.workflowTemplateRef.name: cluster workflow template base not found",
    ],
    [{ workflowTemplateRef: { name: "base" } }, "invalid spec: spec.arguments.parameters[1].value: 'b' has no value"],
    [
      { workflowTemplateRef: { name: "base" }, templates: [pod("x")] },
      "invalid spec: spec.templates: is not valid beside workflowTemplateRef",
    ],
  ])("%j is refused", (spec, message) => {
    expect(new SimulatedCluster(workflow(spec), undefined, library).run().workflow.status).toMatchObject({
      phase: "Failed",
      message,
    });
  });
});

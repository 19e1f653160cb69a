// What workflows can do, each run in virtual time.
import { describe, expect, test } from "vitest";
import type { Library, Pod, Template, WorkflowSpec, WorkflowTemplate } from "../../../embedded/engine/core/types.ts";
import { byNode, type Script, World, workflow } from "./world.ts";

const pod = (name: string, more: Partial<Template> = {}): Template => ({
  name,
  container: { image: "i", command: ["c"] },
  ...more,
});
const dag = (tasks: NonNullable<Template["dag"]>["tasks"], more: Partial<Template> = {}): Template => ({
  name: "main",
  dag: { tasks },
  ...more,
});
const output = (name: string, path = "/tmp/o"): Template["outputs"] => ({
  parameters: [{ name, valueFrom: { path } }],
});
const argument = (name: string, value: string) => ({ parameters: [{ name, value }] });

function run(
  templates: Template[],
  script?: (pod: Pod) => Script,
  more: Partial<WorkflowSpec> = {},
  library?: Library,
): World {
  return new World(workflow({ entrypoint: "main", templates, ...more }), script, library).run();
}
const phases = (world: World) =>
  Object.fromEntries(Object.values(world.workflow.status?.nodes ?? {}).map((node) => [node.displayName, node.phase]));
const echoes = pod("echo", {
  inputs: { parameters: [{ name: "v" }] },
  outputs: output("o"),
  container: { image: "i", args: ["{{inputs.parameters.v}}"] },
});
const echo = (given: Pod): Script => ({
  output: String((given.spec.containers as { args?: string[] }[])[0]?.args?.[0] ?? ""),
});

describe("a DAG", () => {
  test("starts a task when its dependencies have ended as it wants", () => {
    const world = run(
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
    expect(phases(world)).toEqual({ wf: "Succeeded", a: "Failed", ok: "Omitted", bad: "Succeeded", any: "Succeeded" });
  });

  test("keeps running for a task that was begun, even when failing fast", () => {
    const world = run(
      [
        dag([
          { name: "bad", template: "p" },
          { name: "slow", template: "p" },
        ]),
        pod("p"),
      ],
      byNode({ bad: { exitCode: 1 }, slow: { seconds: 60 } }),
    );
    expect(world.workflow.status).toMatchObject({
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
    const world = run([{ name: "main", dag: { tasks, target: "b" } }, pod("p")]);
    expect(phases(world)).toEqual({ wf: "Succeeded", a: "Succeeded", b: "Succeeded" });
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
    const world = run([outer, inner, echoes], echo);
    const id = world.node("wf.n.a")?.id;
    expect(world.node("wf.last")?.outputs?.parameters?.[0]?.value).toBe(
      `<x Succeeded 0 2026-01-01T00:00:00Z ${id} wf n>`,
    );
  });

  test("gives the default of a skipped task's output, or else the caller's own", () => {
    const off = pod("off", { outputs: { parameters: [{ name: "o", valueFrom: { path: "/o", default: "mine" } }] } });
    const none = pod("none", { outputs: output("o") });
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
    const world = run([dag(tasks), off, none, use, echoes]);
    expect(world.node("ua")?.inputs?.parameters?.[0]?.value).toBe("mine");
    expect(world.node("ub")?.inputs?.parameters?.[0]?.value).toBe("yours");
    expect(world.node("uc")).toMatchObject({ type: "Skipped", phase: "Error" });
    expect(world.node("ud")?.message).toBe(
      "task 'wf.ud' errored: inputs.parameters.v: argument references an absent optional (skipped/omitted node output with no default)",
    );
  });

  test("an output that never came is an error, not a wait without end", () => {
    const world = run(
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
    expect(world.node("wf.b")).toMatchObject({
      phase: "Error",
      message: "task 'wf.b' errored: failed to resolve {{tasks.a.outputs.parameters.o}}",
    });
  });

  test("text in an output that looks like a variable stays text", () => {
    const world = run(
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
    expect(world.node("wf.b")?.inputs?.parameters?.[0]?.value).toBe("{{workflow.parameters.secret}} {{=1+1}}");
  });
});

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
    const world = run([{ name: "main", steps }, echoes], echo);
    expect(world.node("wf[1].sum")?.outputs?.parameters?.[0]?.value).toBe(
      '[{"n":1},{"n":2}] [{"o":"{\\"n\\":1}"},{"o":"{\\"n\\":2}"}] []',
    );
    expect(world.node("wf[0].e")).toMatchObject({ phase: "Skipped", message: "Skipped, empty params" });
  });

  test("let others wait for any success or for all failures", () => {
    const tasks = [
      { name: "m", template: "p", withSequence: { count: "2" } },
      { name: "n", template: "p", withSequence: { count: "2" } },
      { name: "any", template: "p", depends: "m.AnySucceeded" },
      { name: "all", template: "p", depends: "n.AllFailed" },
      { name: "never", template: "p", depends: "m.AllFailed" },
    ];
    const world = run(
      [dag(tasks), pod("p")],
      byNode({ "m(0:0)": { exitCode: 1 }, "n(0:0)": { exitCode: 1 }, "n(1:1)": { exitCode: 1 } }),
    );
    expect(phases(world)).toMatchObject({
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
    const world = run([dag(tasks), pod("p")]);
    expect(phases(world)).toMatchObject({ "m(0:1)": "Succeeded", "m(1:2)": "Skipped", off: "Skipped", bad: "Error" });
    const steps = run([{ name: "main", steps: [tasks.slice(0, 2)] }, pod("p")]);
    expect(phases(steps)).toMatchObject({ "m(0:1)": "Succeeded", "m(1:2)": "Skipped", off: "Skipped" });
    const broken = run([{ name: "main", steps: [[{ name: "bad", template: "p", withParam: "no list" }]] }, pod("p")]);
    expect(broken.workflow.status?.message).toBe("withParam value could not be parsed as a JSON list: no list");
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
    const world = run(
      [{ name: "main", steps }, pod("p")],
      byNode({ "wf[0].bad": { exitCode: 2 }, "wf[0].slow": { seconds: 9 } }),
    );
    expect(phases(world)).toEqual({ wf: "Failed", "[0]": "Failed", bad: "Failed", slow: "Succeeded" });
    expect(world.workflow.status?.message).toBe(`child '${world.node("bad")?.id}' failed`);
  });

  test("a wrong condition or argument is an error of the group", () => {
    const wrong = run([{ name: "main", steps: [[{ name: "a", template: "p", when: "1 +" }]] }, pod("p")]);
    expect(wrong.workflow.status).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("Invalid 'when' expression '1 +'"),
    });
    const missing = run([
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
    expect(missing.workflow.status?.message).toBe(
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
    const endless = run(flip("1 == 1"));
    expect(endless.workflow.status?.phase).toBe("Failed");
    expect(
      Object.values(endless.workflow.status?.nodes ?? {}).some(({ message }) =>
        message?.includes("Maximum recursion depth exceeded"),
      ),
    ).toBe(true);
  });
});

describe("retries", () => {
  const attempts = (world: World) =>
    Object.values(world.workflow.status?.nodes ?? {}).filter(({ nodeFlag }) => nodeFlag?.retried);

  test("wait longer each time, up to a cap", () => {
    const retryStrategy = { limit: 3, backoff: { duration: "10", factor: 3, cap: "1m" } };
    const world = run([pod("main", { retryStrategy })], () => ({ exitCode: 1 }));
    expect(world.workflow.status).toMatchObject({ phase: "Failed", message: "No more retries left", progress: "0/4" });
    expect(attempts(world).map(({ startedAt }) => startedAt?.slice(14, 19))).toEqual([
      "00:00",
      "00:11",
      "00:42",
      "01:43",
    ]);
    expect(world.trace.flatMap(({ result }) => result.status.nodes?.wf?.message ?? [])).toContain(
      "Backoff for 30 seconds",
    );
  });

  test("stop when the time for all of them is over", () => {
    const world = run(
      [pod("main", { retryStrategy: { limit: "9", backoff: { duration: "20s", factor: "2", maxDuration: "1m" } } })],
      () => ({ exitCode: 1, seconds: 5 }),
    );
    expect(world.workflow.status).toMatchObject({
      phase: "Failed",
      message: "Backoff would exceed max duration limit",
    });
    const late = run(
      [pod("main", { retryStrategy: { limit: "9", backoff: { duration: "1s", maxDuration: "3s" } } })],
      () => ({ exitCode: 1, seconds: 9 }),
    );
    expect(late.workflow.status?.message).toBe("Max duration limit exceeded");
  });

  test.each<[string, Script, number, string]>([
    ["OnFailure", { exitCode: 1 }, 2, "No more retries left"],
    ["OnFailure", { deleted: true }, 1, "pod deleted"],
    ["OnError", { deleted: true }, 2, "No more retries left"],
    ["OnError", { exitCode: 1 }, 1, "main: Error (exit code 1)"],
    ["Always", { deleted: true }, 2, "No more retries left"],
  ])("policy %s with %j makes %i attempts", (retryPolicy, script, count, message) => {
    const world = run([pod("main", { retryStrategy: { limit: "1", retryPolicy } })], () => script);
    expect(attempts(world)).toHaveLength(count);
    expect(world.workflow.status?.message).toBe(message);
  });

  test("by expression: transient failures and deleted pods only", () => {
    const retryStrategy = { limit: "5", expression: "lastRetry.status == 'Error' || lastRetry.exitCode == '75'" };
    const scripts = [{ deleted: true }, { exitCode: 75 }, { exitCode: 1 }];
    const world = run([pod("main", { retryStrategy })], () => scripts.shift() ?? {});
    expect(attempts(world)).toHaveLength(3);
    expect(world.workflow.status).toMatchObject({
      phase: "Failed",
      message: "retryStrategy.expression evaluated to false",
    });
  });

  test("tell an attempt how many there were and how the last one went; what succeeds passes its outputs on", () => {
    const main = pod("main", {
      retryStrategy: { limit: "2" },
      outputs: output("o"),
      container: {
        image: "i",
        args: ["{{retries}} {{lastRetry.exitCode}} {{lastRetry.status}} {{lastRetry.message}} {{pod.name}}"],
      },
    });
    const seen: string[] = [];
    const world = run([main], (given) => {
      seen.push(echo(given).output ?? "");
      return seen.length < 2 ? { exitCode: 7 } : { output: "done\n" };
    });
    expect(seen).toEqual(
      ["0 0   wf-main-2415365187", "1 7 Failed main: Error (exit code 7) wf-main-2398587568"].map((text, index) =>
        text.replace(/wf-main-\d+$/, world.created[index] ?? ""),
      ),
    );
    expect(world.node("wf")).toMatchObject({
      type: "Retry",
      phase: "Succeeded",
      outputs: { exitCode: "0", parameters: [{ name: "o", value: "done" }] },
    });
  });

  test("hold for whole templates, and for all of a workflow", () => {
    const whole = run(
      [dag([{ name: "a", template: "p" }], { retryStrategy: { limit: "1" } }), pod("p")],
      byNode({ "wf(0).a": { exitCode: 1 } }),
    );
    expect(phases(whole)).toMatchObject({ wf: "Succeeded", "wf(0)": "Failed", "wf(1)": "Succeeded" });
    const every = run([{ name: "main", suspend: { duration: "1" } }], undefined, { retryStrategy: { limit: "1" } });
    expect(phases(every)).toEqual({ wf: "Succeeded", "wf(0)": "Succeeded" });
  });

  test("without a limit go on, but never twice at once", () => {
    const world = new World(
      workflow({
        entrypoint: "main",
        templates: [
          { name: "main", steps: [[{ name: "a", template: "p", when: "1 +" }]], retryStrategy: {} },
          pod("p"),
        ],
      }),
    );
    const result = world.step();
    expect(attempts(world)).toHaveLength(1);
    expect(result.wakeAt).toBeDefined();
  });

  test("a strategy that makes no sense is the node's error", () => {
    expect(
      run([pod("main", { retryStrategy: { limit: "many" } })], () => ({ exitCode: 1 })).workflow.status?.message,
    ).toMatch(/retryStrategy.limit: "many" is not an integer/);
    expect(
      run([pod("main", { retryStrategy: { limit: "2", expression: "asInt(lastRetry.message) > 1" } })], () => ({
        exitCode: 1,
      })).workflow.status?.message,
    ).toMatch(/not a number/);
  });
});

describe("deadlines and shutdown", () => {
  test("the workflow's deadline ends what runs and what waits; the exit handler still runs", () => {
    const templates = [
      dag([
        { name: "a", template: "p" },
        { name: "g", template: "gate" },
        { name: "b", template: "p", depends: "a" },
      ]),
      pod("p"),
      { name: "gate", suspend: {} },
      pod("bye"),
    ];
    const world = run(templates, byNode({ a: { seconds: 90 } }), { activeDeadlineSeconds: 10, onExit: "bye" });
    expect(world.workflow.status).toMatchObject({ phase: "Failed" });
    expect(world.node("wf.a")).toMatchObject({
      phase: "Failed",
      message: "Step exceeded its deadline",
      finishedAt: "2026-01-01T00:00:10Z",
    });
    expect(phases(world)).toMatchObject({ g: "Failed", b: "Omitted", "wf.onExit": "Succeeded" });
    expect(world.trace.flatMap(({ result }) => result.podsToDelete)).toEqual([world.created[0]]);
  });

  test("a pod outlives the workflow's deadline only a little, should nobody be there to end it", () => {
    const world = new World(
      workflow({
        entrypoint: "main",
        templates: [pod("main", { activeDeadlineSeconds: "{{workflow.parameters.limit}}" })],
        activeDeadlineSeconds: 100,
        arguments: argument("limit", "200"),
      }),
    );
    expect(world.step().podsToCreate[0]?.spec.activeDeadlineSeconds).toBe(105);
  });

  test.each([
    ["Stop", "Succeeded"],
    ["Terminate", undefined],
  ])("%s: the exit handler is %s", (shutdown, exit) => {
    const spec: WorkflowSpec = {
      entrypoint: "main",
      onExit: "bye",
      templates: [
        dag([
          { name: "a", template: "p" },
          { name: "g", template: "gate" },
          { name: "b", template: "p", depends: "a || a.Failed" },
        ]),
        pod("p", { retryStrategy: { limit: "3" } }),
        { name: "gate", suspend: {} },
        pod("bye"),
      ],
    };
    const world = new World(workflow(spec), byNode({ "a(0)": { seconds: 90 } }));
    world.run(({ workflow: { status } }) =>
      Object.values(status?.nodes ?? {}).some(({ phase, type }) => type === "Pod" && phase === "Running"),
    );
    world.workflow = { ...world.workflow, spec: { ...world.workflow.spec, shutdown, suspend: true } };
    world.run();
    expect(world.workflow.status).toMatchObject({ phase: "Failed", message: `Stopped with strategy '${shutdown}'` });
    expect(world.node("a(0)")?.message).toBe(`workflow shutdown with strategy:  ${shutdown}`);
    expect(world.node("g")?.message).toBe(`Stopped with strategy '${shutdown}'`);
    expect(world.node("wf.onExit")?.phase).toBe(exit);
  });

  test("a failed exit handler fails a workflow that had succeeded; it sees how that went", () => {
    const bye = pod("bye", {
      container: { image: "i", args: ["{{workflow.status}} {{workflow.failures}} {{workflow.duration}}"] },
    });
    const seen: string[] = [];
    const script = (given: Pod): Script => {
      const onExit = given.metadata.labels?.["workflows.argoproj.io/on-exit"] === "true";
      if (onExit) seen.push(echo(given).output ?? "");
      return { exitCode: onExit ? 4 : seen.length, seconds: 3 };
    };
    const world = run([pod("main"), bye], script, { onExit: "bye" });
    expect(world.workflow.status).toMatchObject({ phase: "Failed", message: "main: Error (exit code 4)" });
    expect(seen).toEqual(['Succeeded "[]" 3.000000']);
    const failing = run(
      [pod("main"), pod("bye", { container: { image: "i", args: ["{{workflow.failures}}"] } })],
      (given) => {
        seen.push(echo(given).output ?? "");
        return { exitCode: 1 };
      },
      { onExit: "bye" },
    );
    expect(failing.workflow.status).toMatchObject({ phase: "Failed", message: "main: Error (exit code 1)" });
    expect(JSON.parse(JSON.parse(seen.at(-1) ?? ""))).toMatchObject([
      { displayName: "wf", phase: "Failed", podName: "wf", templateName: "main" },
    ]);
  });
});

describe("limits", () => {
  const many = { name: "m", template: "p", withSequence: { count: "7" } };
  test("a workflow's parallelism counts pods", () => {
    expect(run([dag([many]), pod("p")], undefined, { parallelism: 3 }).most).toBe(3);
    expect(run([{ name: "main", steps: [[many]] }, pod("p")], undefined, { parallelism: 2 }).most).toBe(2);
  });

  test("a template's parallelism counts its children, retries included", () => {
    const world = run(
      [dag([many], { parallelism: 2 }), pod("p", { retryStrategy: { limit: "1" } })],
      byNode({ "m(0:0)(0)": { exitCode: 1 }, "m(3:3)(0)": { exitCode: 1 } }),
    );
    expect(world.most).toBe(2);
    expect(world.workflow.status?.phase).toBe("Succeeded");
    expect(run([{ name: "main", steps: [[many]], parallelism: 3 }, pod("p")]).most).toBe(3);
  });

  test("failFast of a template starts nothing more after a failure", () => {
    const templates = [dag([many], { parallelism: 2, failFast: true }), pod("p")];
    const world = run(templates, byNode({ "m(1:1)": { exitCode: 1 }, "m(0:0)": { seconds: 5 } }));
    expect(world.created).toHaveLength(2);
    expect(world.node("wf")).toMatchObject({
      phase: "Failed",
      message: "template has failed or errored children and failFast enabled",
    });
    const steps = run([{ name: "main", steps: [[many]], parallelism: 1, failFast: true }, pod("p")], () => ({
      exitCode: 1,
    }));
    expect(steps.created).toHaveLength(1);
    expect(phases(steps)).toMatchObject({ wf: "Failed", "[0]": "Failed" });
  });
});

describe("gates", () => {
  const gate = (more: Partial<Template> = {}): Template[] => [
    dag([{ name: "g", template: "gate", arguments: argument("d", "5s") }]),
    {
      name: "gate",
      inputs: { parameters: [{ name: "d" }] },
      suspend: { duration: "{{inputs.parameters.d}}" },
      ...more,
    },
  ];

  test("without a default for what nobody supplied end in error", () => {
    const world = run(gate({ outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {} } }] } }));
    expect(world.node("g")).toMatchObject({
      phase: "Error",
      message: expect.stringContaining(
        "raw output parameter 'decision' has not been set and does not have a default value",
      ),
    });
  });

  test("lend an output the default of the input of its name", () => {
    const world = run(
      gate({
        inputs: { parameters: [{ name: "d" }, { name: "decision", default: "deny" }] },
        outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {} } }] },
      }),
    );
    expect(world.node("g")?.outputs?.parameters).toEqual([{ name: "decision", value: "deny" }]);
  });

  test("tell when they will be over, and last until then", () => {
    const world = new World(workflow({ entrypoint: "main", templates: gate() }));
    expect(world.step().wakeAt).toEqual(new Date("2026-01-01T00:00:05Z"));
    expect(world.run().workflow.status?.finishedAt).toBe("2026-01-01T00:00:05Z");
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
    const world = new World(workflow(spec), undefined, library).run();
    expect(world.workflow.status?.phase).toBe("Succeeded");
    expect(Object.keys(world.workflow.status?.storedTemplates ?? {})).toEqual([
      "cluster/shared/outer",
      "cluster/shared/leaf",
    ]);
    expect(world.node("wf[0].a.in")).toMatchObject({ templateName: "leaf", templateScope: "cluster/shared" });
    expect(world.list()[0]?.metadata.labels).toMatchObject({ team: "x" });
    const begun = new World(workflow(spec), undefined, library);
    begun.step();
    const withoutLibrary = new World(begun.workflow);
    expect(withoutLibrary.run().workflow.status?.phase).toBe("Succeeded");
  });

  test("take arguments from the workflow over their own", () => {
    const world = new World(
      workflow({ workflowTemplateRef: { name: "base" }, arguments: argument("b", "{{workflow.name}} {{user}}") }),
      echo,
      library,
    ).run();
    expect(world.node("wf.e")?.outputs?.parameters?.[0]?.value).toBe("1wf {{user}}");
    expect(world.workflow.metadata.labels).toMatchObject({ "workflows.argoproj.io/workflow-template": "base" });
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
    expect(new World(workflow(spec), undefined, library).run().workflow.status).toMatchObject({
      phase: "Failed",
      message,
    });
  });
});

describe("clearing away", () => {
  const gone = (strategy: string, script: Script) => {
    const world = new World(
      workflow({
        entrypoint: "main",
        templates: [
          dag([
            { name: "a", template: "p" },
            { name: "b", template: "p", depends: "a || a.Failed" },
          ]),
          pod("p"),
        ],
        podGC: { strategy, deleteDelayDuration: "2s" },
      }),
      byNode({ a: script }),
    );
    world.run((current) => current.trace.length > 40 || current.pods.size === 0);
    return world.created.length - world.pods.size;
  };
  test.each([
    ["OnPodCompletion", 1, 2],
    ["OnPodSuccess", 1, 1],
    ["OnWorkflowCompletion", 1, 2],
    ["OnWorkflowSuccess", 0, 2],
    ["", 0, 0],
  ])("podGC %s with exit code %i deletes %i pods", (strategy, exitCode, count) => {
    expect(gone(strategy, { exitCode })).toBe(count);
  });

  test.each([
    [{ secondsAfterCompletion: 30 }, 0, 30],
    [{ secondsAfterSuccess: 10, secondsAfterCompletion: 30 }, 0, 10],
    [{ secondsAfterFailure: 5 }, 1, 5],
    [{ secondsAfterFailure: 5 }, 0, undefined],
  ])("ttlStrategy %j with exit code %i lives %s seconds more", (ttlStrategy, exitCode, seconds) => {
    const world = new World(workflow({ entrypoint: "main", templates: [pod("main")], ttlStrategy }), () => ({
      exitCode,
    }));
    world.run((current) => current.deleted || current.trace.length > 30);
    expect(world.deleted ? (world.now - Date.parse("2026-01-01T00:00:01Z")) / 1000 : undefined).toBe(seconds);
  });
});

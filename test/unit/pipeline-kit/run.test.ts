// Runs in virtual time: what a test scripts, asks and is told when it asks wrongly.
import "../../../pipeline-kit/vitest.ts";
import { describe, expect, test } from "vitest";
import { fail, hang, type SimulationOptions, type StepScript, simulate, succeed } from "../../../pipeline-kit/index.ts";
import { matchers } from "../../../pipeline-kit/matchers.ts";

const container = { image: "i:1" };
const template = (spec: object, name = "t", kind = "WorkflowTemplate") => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind,
  metadata: { name },
  spec: { entrypoint: "main", ...spec },
});

/** Lists, reads each of the list side by side, waits, and tells. */
const reading = template({
  activeDeadlineSeconds: 86_400,
  arguments: { parameters: [{ name: "place" }, { name: "size", value: "1" }] },
  onExit: "bye",
  templates: [
    {
      name: "main",
      dag: {
        tasks: [
          { name: "list", template: "list" },
          {
            name: "read",
            template: "read",
            depends: "list",
            withParam: "{{tasks.list.outputs.parameters.pages}}",
            arguments: { parameters: [{ name: "page", value: "{{item}}" }] },
          },
          { name: "wait", template: "wait", depends: "read" },
          {
            name: "tell",
            template: "tell",
            depends: "wait",
            when: "{{tasks.wait.outputs.parameters.colour}} == red",
            arguments: { parameters: [{ name: "said", value: "{{tasks.list.outputs.result}}" }] },
          },
        ],
      },
    },
    {
      name: "list",
      container: { ...container, args: ["{{workflow.parameters.place}}"] },
      outputs: { parameters: [{ name: "pages", valueFrom: { path: "/tmp/pages" } }] },
    },
    {
      name: "read",
      inputs: { parameters: [{ name: "page" }] },
      retryStrategy: { limit: "2", backoff: { duration: "1m" } },
      activeDeadlineSeconds: 300,
      container: { ...container, env: [{ name: "PAGE", value: "{{inputs.parameters.page}}" }] },
    },
    {
      name: "wait",
      suspend: {},
      outputs: { parameters: [{ name: "colour", valueFrom: { supplied: {}, default: "blue" } }] },
    },
    {
      name: "tell",
      inputs: { parameters: [{ name: "said" }] },
      container: { ...container, args: ["{{inputs.parameters.said}}"] },
    },
    { name: "bye", container },
  ],
});
const pages = succeed({ outputs: { pages: ["a", "b", "c"] }, stdout: "three pages" });
const start = (steps: Record<string, StepScript> = {}, options: SimulationOptions = {}) =>
  simulate(reading, { parameters: { place: "here" }, steps: { list: pages, ...steps }, ...options });

describe("a run", () => {
  test("is at its first pods before any time has passed", () => {
    const run = start({}, { at: "2026-03-29T00:30:00Z" });
    expect([run.phase, run.isOver, run.elapsed, run.now.toISOString()]).toEqual([
      "Running",
      false,
      0,
      "2026-03-29T00:30:00.000Z",
    ]);
    expect(run.pods.map(({ task, phase, args }) => [task, phase, args])).toEqual([["list", "Running", ["here"]]]);
    expect(run.task("read")).toBeUndefined();
  });

  test("passes outputs on, runs a loop's items side by side, and each by its own script", () => {
    const run = start({ read: succeed({ after: "10s" }), "read(1:b)": [fail("transient", { after: 5 })] });
    expect(run).toReach("wait");
    expect(run.pods.map(({ call, attempt, env, created }) => [call, attempt, env.PAGE, created])).toEqual([
      ["list", 0, undefined, 0],
      ["read(0:a)", 0, "a", 1],
      ["read(1:b)", 0, "b", 1],
      ["read(2:c)", 0, "c", 1],
      ["read(1:b)", 1, "b", 66],
    ]);
    expect(run.mostPods).toBe(3);
    expect([run.task("read")?.tries, run.task("read(1:b)")?.tries, run.elapsed]).toEqual([4, 2, 67]);
    expect(run.task("list")).toMatchObject({ outputs: { pages: '["a","b","c"]' }, began: 0, seconds: 1 });
  });

  test("waits without end where nothing ends it, and goes on with what it is answered", () => {
    const run = start();
    expect(run).toReach("wait");
    expect(run.advanceBy("20h").waitingAt).toEqual(["wait"]);
    run.resume("wait", { colour: "red" });
    expect(run).toSucceed();
    expect(run.pods.find(({ task }) => task === "tell")?.args).toEqual(["three pages"]);
    expect(run.pods.at(-1)?.template).toBe("bye");
  });

  test("takes an output's default where the answer leaves it out", () => {
    const run = start();
    expect(run).toReach("wait");
    run.resume("wait");
    expect(run).toSkip("tell");
    expect(run.task("wait")?.outputs).toEqual({ colour: "blue" });
  });

  test("ends by its own deadline, and a step by the step's", () => {
    const late = start();
    expect(late).toFail();
    expect(late.elapsed).toBeGreaterThanOrEqual(86_400);
    const hanging = start({ read: hang() });
    expect(hanging).toFail("deadline");
    expect(hanging.pods.filter(({ call }) => call === "read(0:a)").map(({ created }) => created)).toEqual([
      1, 361, 721,
    ]);
  });

  test("is stopped with its exit handler, and terminated without", () => {
    const stopped = start({ list: hang() }).stop();
    expect(stopped).toFail();
    expect(stopped.pods.map(({ template, phase }) => [template, phase])).toEqual([
      ["list", "Gone"],
      ["bye", "Succeeded"],
    ]);
    const terminated = start({ list: hang() }).terminate();
    expect(terminated).toFail();
    expect(terminated.pods).toHaveLength(1);
  });

  test("asks a function what a try does", () => {
    const run = start({ read: ({ attempt, inputs }) => (inputs.page === "c" && attempt < 2 ? fail(7) : succeed()) });
    expect(run).toReach("wait");
    expect(run.task("read(2:c)")?.tries).toBe(3);
  });

  test("tells its story", () => {
    const run = start({ read: fail("for-good", { message: "no such page" }) });
    expect(run).toFail("no such page");
    expect(run.story().split("\n")[0]).toBe("    +0 s  list  Succeeded  1 s");
    expect(run.story()).toMatch(/read\(0:a\) {2}Failed .*3 tries {2}No more retries left/);
  });

  test("finds a template in another, in the cluster's too, and ends in an error where it is absent", () => {
    const calling = template(
      {
        templates: [
          {
            name: "main",
            steps: [[{ name: "go", templateRef: { name: "shared", template: "work", clusterScope: true } }]],
          },
        ],
      },
      "calling",
      "ClusterWorkflowTemplate",
    );
    const shared = template({ templates: [{ name: "work", container }] }, "shared", "ClusterWorkflowTemplate");
    const found = simulate(calling, { templates: [shared], steps: { work: [fail("for-good")] } });
    expect(found).toFail("exit code 1");
    const absent = simulate(calling);
    expect(absent).toFail("shared not found");
  });
});

describe("a wrong question is answered with what would be right", () => {
  test.each<[string, () => unknown, string]>([
    [
      "a parameter that isn't there",
      () => simulate(reading, { parameters: { place: "x", colour: "red" } }),
      "parameters: no colour: the template has place, size",
    ],
    ["a parameter without a value", () => simulate(reading), "parameters: place must have a value"],
    ["a script for no step", () => start({ paint: succeed() }), "steps: no paint: the template has main, list, read"],
    [
      "an output that isn't there",
      () => start({ list: succeed({ outputs: { page: 1 } }) }),
      "list: no output page: template list has pages",
    ],
    [
      "a kind of failure that isn't there",
      () => fail("sad" as never),
      "fail('sad'): must be an exit code other than 0, or one of transient,",
    ],
    ["a failure with exit code 0", () => fail(0), "must be an exit code other than 0"],
    ["a time that is none", () => start({}, { at: "soon" }), "at: 'soon' is no time"],
    ["a duration that is none", () => start().advanceBy("soon"), 'unable to parse "soon" as a duration'],
    [
      "an answer where nothing waits",
      () => start().approve(),
      "approval-gate doesn't wait for an answer: the run is Running",
    ],
    ["an answer to something else", () => start().advanceUntil("wait").resume("tell"), "what waits is wait"],
    ["an approval of what is no gate", () => start().advanceUntil("wait").approve(), "it is no gate; use resume"],
    [
      "an output that nobody may supply",
      () => start().advanceUntil("wait").resume("wait", { size: 1 }),
      "no supplied output size: it has colour",
    ],
    ["what is no run", () => matchers.toSucceed({}), "must be a run, as simulate() makes it"],
  ])("%s", (_, ask, message) => {
    expect(ask).toThrow(message);
  });
});

describe("a matcher", () => {
  test("fails with the run's story", () => {
    const run = start();
    expect(() => expect(run).toReach("tell")).toThrow(/to reach tell\s+it is Failed[\s\S]*\+0 s {2}list/);
    expect(() => expect(start()).toSucceed()).toThrow("expected the run to succeed");
    expect(() => expect(start({ list: fail(1) })).toFail("pages")).toThrow("to fail with pages");
    expect(() => expect(start()).toSkip("list")).toThrow("to skip list");
    expect(() => expect(start()).toTry("list", 2)).toThrow("it did 1 times");
    expect(() => expect(start()).not.toReach("read")).toThrow("expected the run not to reach read");
  });

  test("says that a task was late", () => {
    expect(start()).toReach("wait", { within: "1m" });
    expect(() => expect(start({ read: succeed({ after: "2m" }) })).toReach("wait", { within: "1m" })).toThrow(
      "within 1m",
    );
  });
});

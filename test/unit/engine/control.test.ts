// Deadlines, shutdown, limits, gates, and what is cleared away.
import { describe, expect, test } from "vitest";
import type { Pod, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { byNode, type Script, SimulatedCluster, workflow } from "./simulated-cluster.ts";
import { argument, dag, echo, phases, pod, run } from "./templates.ts";

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
    const cluster = run(templates, byNode({ a: { seconds: 90 } }), { activeDeadlineSeconds: 10, onExit: "bye" });
    expect(cluster.workflow.status).toMatchObject({ phase: "Failed" });
    expect(cluster.node("wf.a")).toMatchObject({
      phase: "Failed",
      message: "Step exceeded its deadline",
      finishedAt: "2026-01-01T00:00:10Z",
    });
    expect(phases(cluster)).toMatchObject({ g: "Failed", b: "Omitted", "wf.onExit": "Succeeded" });
    expect(cluster.trace.flatMap(({ result }) => result.podsToDelete)).toEqual([cluster.created[0]]);
  });

  test("a pod outlives the workflow's deadline only a little, should nobody be there to end it", () => {
    const cluster = new SimulatedCluster(
      workflow({
        entrypoint: "main",
        templates: [pod("main", { activeDeadlineSeconds: "{{workflow.parameters.limit}}" })],
        activeDeadlineSeconds: 100,
        arguments: argument("limit", "200"),
      }),
    );
    expect(cluster.step().podsToCreate[0]?.spec.activeDeadlineSeconds).toBe(105);
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
    const cluster = new SimulatedCluster(workflow(spec), byNode({ "a(0)": { seconds: 90 } }));
    cluster.run(({ workflow: { status } }) =>
      Object.values(status?.nodes ?? {}).some(({ phase, type }) => type === "Pod" && phase === "Running"),
    );
    cluster.workflow = { ...cluster.workflow, spec: { ...cluster.workflow.spec, shutdown, suspend: true } };
    cluster.run();
    expect(cluster.workflow.status).toMatchObject({ phase: "Failed", message: `Stopped with strategy '${shutdown}'` });
    expect(cluster.node("a(0)")?.message).toBe(`workflow shutdown with strategy:  ${shutdown}`);
    expect(cluster.node("g")?.message).toBe(`Stopped with strategy '${shutdown}'`);
    expect(cluster.node("wf.onExit")?.phase).toBe(exit);
  });

  test("a failed exit handler fails a workflow that had succeeded; it sees how that went", () => {
    const bye = pod("bye", {
      container: { image: "i", args: ["{{workflow.status}} {{workflow.failures}} {{workflow.duration}}"] },
    });
    const order: string[] = [];
    const script = (pod: Pod): Script => {
      const onExit = pod.metadata.labels?.["workflows.argoproj.io/on-exit"] === "true";
      if (onExit) order.push(echo(pod).output ?? "");
      return { exitCode: onExit ? 4 : order.length, seconds: 3 };
    };
    const cluster = run([pod("main"), bye], script, { onExit: "bye" });
    expect(cluster.workflow.status).toMatchObject({ phase: "Failed", message: "main: Error (exit code 4)" });
    expect(order).toEqual(['Succeeded "[]" 3.000000']);
    const failing = run(
      [pod("main"), pod("bye", { container: { image: "i", args: ["{{workflow.failures}}"] } })],
      (pod) => {
        order.push(echo(pod).output ?? "");
        return { exitCode: 1 };
      },
      { onExit: "bye" },
    );
    expect(failing.workflow.status).toMatchObject({ phase: "Failed", message: "main: Error (exit code 1)" });
    expect(JSON.parse(JSON.parse(order.at(-1) ?? ""))).toMatchObject([
      { displayName: "wf", phase: "Failed", podName: "wf", templateName: "main" },
    ]);
  });
});

describe("limits", () => {
  const sequence = { name: "m", template: "p", withSequence: { count: "7" } };
  test("a workflow's parallelism counts pods", () => {
    expect(run([dag([sequence]), pod("p")], undefined, { parallelism: 3 }).mostPods).toBe(3);
    expect(run([{ name: "main", steps: [[sequence]] }, pod("p")], undefined, { parallelism: 2 }).mostPods).toBe(2);
  });

  test("a template's parallelism counts its children, retries included", () => {
    const cluster = run(
      [dag([sequence], { parallelism: 2 }), pod("p", { retryStrategy: { limit: "1" } })],
      byNode({ "m(0:0)(0)": { exitCode: 1 }, "m(3:3)(0)": { exitCode: 1 } }),
    );
    expect(cluster.mostPods).toBe(2);
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(run([{ name: "main", steps: [[sequence]], parallelism: 3 }, pod("p")]).mostPods).toBe(3);
  });

  test("failFast of a template starts nothing more after a failure", () => {
    const templates = [dag([sequence], { parallelism: 2, failFast: true }), pod("p")];
    const cluster = run(templates, byNode({ "m(1:1)": { exitCode: 1 }, "m(0:0)": { seconds: 5 } }));
    expect(cluster.created).toHaveLength(2);
    expect(cluster.node("wf")).toMatchObject({
      phase: "Failed",
      message: "template has failed or errored children and failFast enabled",
    });
    const steps = run([{ name: "main", steps: [[sequence]], parallelism: 1, failFast: true }, pod("p")], () => ({
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
    const cluster = run(gate({ outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {} } }] } }));
    expect(cluster.node("g")).toMatchObject({
      phase: "Error",
      message: expect.stringContaining(
        "raw output parameter 'decision' has not been set and does not have a default value",
      ),
    });
  });

  test("lend an output the default of the input of its name", () => {
    const cluster = run(
      gate({
        inputs: { parameters: [{ name: "d" }, { name: "decision", default: "deny" }] },
        outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {} } }] },
      }),
    );
    expect(cluster.node("g")?.outputs?.parameters).toEqual([{ name: "decision", value: "deny" }]);
  });

  test("tell when they will be over, and last until then", () => {
    const cluster = new SimulatedCluster(workflow({ entrypoint: "main", templates: gate() }));
    expect(cluster.step().wakeAt).toEqual(new Date("2026-01-01T00:00:05Z"));
    expect(cluster.run().workflow.status?.finishedAt).toBe("2026-01-01T00:00:05Z");
  });
});

describe("clearing away", () => {
  const afterShutdown = (strategy: string, script: Script) => {
    const cluster = new SimulatedCluster(
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
    cluster.run((current) => current.trace.length > 40 || current.pods.size === 0);
    return cluster.created.length - cluster.pods.size;
  };
  test.each([
    ["OnPodCompletion", 1, 2],
    ["OnPodSuccess", 1, 1],
    ["OnWorkflowCompletion", 1, 2],
    ["OnWorkflowSuccess", 0, 2],
    ["", 0, 0],
  ])("podGC %s with exit code %i deletes %i pods", (strategy, exitCode, count) => {
    expect(afterShutdown(strategy, { exitCode })).toBe(count);
  });

  test.each([
    [{ secondsAfterCompletion: 30 }, 0, 30],
    [{ secondsAfterSuccess: 10, secondsAfterCompletion: 30 }, 0, 10],
    [{ secondsAfterFailure: 5 }, 1, 5],
    [{ secondsAfterFailure: 5 }, 0, undefined],
  ])("ttlStrategy %j with exit code %i lives %s seconds more", (ttlStrategy, exitCode, seconds) => {
    const cluster = new SimulatedCluster(
      workflow({ entrypoint: "main", templates: [pod("main")], ttlStrategy }),
      () => ({
        exitCode,
      }),
    );
    cluster.run((current) => current.deleted || current.trace.length > 30);
    expect(cluster.deleted ? (cluster.now - Date.parse("2026-01-01T00:00:01Z")) / 1000 : undefined).toBe(seconds);
  });
});

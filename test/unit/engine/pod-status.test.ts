// What the engine reads from a pod: its outputs, its result and its status.
import { describe, expect, test } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Pod, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { container, podOf } from "./pod-of.ts";
import { byNode, type Script, SimulatedCluster, workflow } from "./simulated-cluster.ts";

describe("an output parameter", () => {
  const withOutput = (more: object = {}): Template => ({
    name: "main",
    container,
    outputs: {
      parameters: [
        { name: "o", valueFrom: { path: "/out/{{workflow.name}}", ...more } },
        { name: "fixed", value: "f" },
      ],
    },
  });
  const end = (template: Template, script: Script) =>
    new SimulatedCluster(workflow({ entrypoint: "main", templates: [template] }), () => script).run().workflow.status;

  test("is the container's termination message", () => {
    expect(podOf(withOutput()).spec.containers).toMatchObject([
      { terminationMessagePath: "/out/wf", terminationMessagePolicy: "File" },
    ]);
    expect(end(withOutput(), { output: "a\nb\n\n" })?.nodes?.wf?.outputs?.parameters).toMatchObject([
      { name: "o", value: "a\nb\n" },
      { name: "fixed", value: "f" },
    ]);
  });

  test("falls back to its default", () => {
    expect(end(withOutput({ default: 3 }), {})).toMatchObject({
      phase: "Succeeded",
      nodes: { wf: { outputs: { parameters: [{ value: "3" }, {}] } } },
    });
  });

  test("that may have been cut is an error that says how to do it otherwise", () => {
    expect(end(withOutput(), { output: "é".repeat(2047) })?.phase).toBe("Succeeded");
    expect(end(withOutput(), { output: "é".repeat(2048) })).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("output parameter 'o': /out/wf is larger than the 4095 bytes"),
    });
  });

  test("of a failed pod is kept, and is its last words", () => {
    expect(end(withOutput(), { exitCode: 1, output: "no such model\n", logs: "other" })).toMatchObject({
      phase: "Failed",
      message: "main: Error (exit code 1): no such model",
      nodes: { wf: { outputs: { parameters: [{ value: "no such model" }, {}] } } },
    });
  });

  test("that a failed pod didn't write is not taken from its log, but the reason is", () => {
    const status = end(withOutput(), { exitCode: 1, logs: "starting\nout of luck\n" });
    expect(status?.message).toBe("main: Error (exit code 1): starting\nout of luck");
    expect(status?.nodes?.wf?.outputs?.parameters?.[0]).not.toHaveProperty("value");
  });
});

describe("a result", () => {
  const spec: WorkflowSpec = {
    entrypoint: "main",
    templates: [
      {
        name: "main",
        dag: {
          tasks: [
            { name: "a", template: "s" },
            { name: "b", template: "s", depends: "a", when: "'{{tasks.a.outputs.result}}' == yes" },
          ],
        },
      },
      { name: "s", script: { image: "i", command: ["sh"], source: "echo yes" } },
    ],
  };

  test("is read from the log only where it is referred to", () => {
    const cluster = new SimulatedCluster(workflow(spec), () => ({ logs: "yes\n" })).run();
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(cluster.trace.flatMap(({ result }) => result.logsNeeded)).toEqual([cluster.created[0]]);
    expect(cluster.node("wf.a")?.outputs).toEqual({ exitCode: "0", result: "yes" });
    expect(cluster.node("wf.b")?.outputs).toEqual({ exitCode: "0" });
  });

  test("of many becomes a list", () => {
    const tasks = [
      { name: "a", template: "s", withItems: [1, 2] },
      {
        name: "b",
        template: "e",
        depends: "a",
        arguments: { parameters: [{ name: "v", value: "{{tasks.a.outputs.result}}" }] },
      },
    ];
    const echo: Template = { name: "e", inputs: { parameters: [{ name: "v" }] }, container };
    const logs = ['{"x":1}\n', "text\n"];
    const cluster = new SimulatedCluster(
      workflow({
        entrypoint: "main",
        templates: [{ name: "main", dag: { tasks } }, ...(spec.templates ?? []).slice(1), echo],
      }),
      () => ({ logs: logs.shift() ?? "" }),
    ).run();
    expect(cluster.node("wf.b")?.inputs?.parameters).toEqual([{ name: "v", value: '[{"x":1},"text"]' }]);
  });
});

describe("a pod's status", () => {
  const observe = (status: Pod["status"], metadata: Partial<Pod["metadata"]> = {}) => {
    const cluster = new SimulatedCluster(workflow({ entrypoint: "main", templates: [{ name: "main", container }] }));
    const created = cluster.step().podsToCreate[0];
    if (!created || !status) throw new Error("no pod");
    const pod: Pod = { ...created, metadata: { ...created.metadata, ...metadata }, status };
    return advance(cluster.workflow, [pod], new Date(cluster.now + 60_000)).status.nodes?.wf;
  };
  const main = (state: object) => [{ name: "main", state }];
  const killed = { terminated: { exitCode: 143, reason: "Error", finishedAt: "2026-01-01T00:00:30Z" } };

  test.each<[string, Pod["status"], object]>([
    [
      "waits for its image",
      { phase: "Pending", containerStatuses: main({ waiting: { reason: "ErrImagePull", message: "no such image" } }) },
      { phase: "Pending", message: "ErrImagePull: no such image" },
    ],
    [
      "cannot be placed",
      {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" }],
      },
      { phase: "Pending", message: "Unschedulable: 0/1 nodes" },
    ],
    ["is only known", {}, { phase: "Pending" }],
    [
      "can't pull the image of an init container",
      {
        phase: "Pending",
        initContainerStatuses: [
          { name: "load", state: { waiting: { reason: "ImagePullBackOff", message: "no a:1" } } },
        ],
        containerStatuses: main({ waiting: { reason: "PodInitializing" } }),
      },
      { phase: "Pending", message: "ImagePullBackOff: no a:1" },
    ],
    [
      "did its work before a container beside it was stopped",
      {
        phase: "Failed",
        containerStatuses: [
          { name: "a-proxy", state: { terminated: { exitCode: 137 } } },
          ...main({ terminated: { exitCode: 0 } }),
        ],
      },
      { phase: "Succeeded", outputs: { exitCode: "0" } },
    ],
    ["fails with a message", { phase: "Failed", message: "Evicted" }, { phase: "Failed", message: "Evicted" }],
    [
      "fails without a container",
      { phase: "Failed" },
      { phase: "Failed", message: "can't find failed message for pod wf namespace ns" },
    ],
    [
      "fails before its container starts",
      { phase: "Failed", containerStatuses: main({ waiting: { reason: "Lost", message: "gone" } }) },
      { phase: "Error", message: "Pod failed before main container starts due to Lost: gone" },
    ],
    [
      "fails in an init container",
      {
        phase: "Failed",
        initContainerStatuses: [{ name: "init", state: { terminated: { exitCode: 2, reason: "Error" } } }],
        containerStatuses: main({}),
      },
      { phase: "Failed", message: "init: Error (exit code 2)" },
    ],
    [
      "says why it ended",
      { phase: "Failed", containerStatuses: main({ terminated: { exitCode: 1, reason: "Error", message: "boom" } }) },
      { phase: "Failed", message: "main: Error (exit code 1): boom" },
    ],
    [
      "fails though its container didn't",
      { phase: "Failed", containerStatuses: main({ terminated: { exitCode: 0 } }) },
      { phase: "Failed", message: "pod failed: main container did not complete successfully" },
    ],
    [
      "was refused by the API server",
      { phase: "Failed", reason: "Rejected", message: 'pods "wf" is forbidden' },
      { phase: "Error", message: 'pods "wf" is forbidden' },
    ],
  ])("when it %s", (_, status, node) => {
    expect(observe(status)).toMatchObject(node);
  });

  test("of a pod that was deleted is an error, unless it had ended before", () => {
    const deleted = { deletionTimestamp: "2026-01-01T00:00:50Z", deletionGracePeriodSeconds: 30 };
    const failed: Pod["status"] = { phase: "Failed", containerStatuses: main(killed) };
    expect(observe(failed, deleted)).toMatchObject({ phase: "Error", message: "pod deleted" });
    expect(observe(failed, { ...deleted, deletionTimestamp: "2026-01-01T00:02:00Z" })).toMatchObject({
      phase: "Failed",
      message: "main: Error (exit code 143): ended by signal 15 (SIGTERM)",
    });
    expect(observe({ phase: "Running" }, deleted)).toMatchObject({ phase: "Running" });
    expect(observe({ phase: "Failed", message: "x" }, deleted)).toMatchObject({
      phase: "Error",
      message: "pod deleted",
    });
  });

  test("of a pod that another workflow of the name left behind counts for nothing", () => {
    const ownerReferences = [{ controller: true, uid: "u-0" }];
    expect(observe({ phase: "Succeeded" }, { ownerReferences })).toMatchObject({ phase: "Pending" });
  });
});

test("a pod that is gone before it ran is asked for again, one that ran is an error", () => {
  const cluster = new SimulatedCluster(
    workflow({ entrypoint: "main", templates: [{ name: "main", container }] }),
    byNode({ wf: { pending: 5, seconds: 5 } }),
  );
  const first = cluster.step().podsToCreate;
  cluster.pods.clear();
  expect(cluster.step().podsToCreate).toEqual(first);
  cluster.run(({ workflow: { status } }) => status?.nodes?.wf?.phase === "Running");
  cluster.pods.clear();
  expect(cluster.step().status).toMatchObject({ phase: "Error", message: "pod deleted" });
});

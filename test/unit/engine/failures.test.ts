// Why a step failed: the kinds told apart, the container's last words, and the workflow's own message.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advance, isOver } from "../../../embedded/engine/core/advance.ts";
import { failure, messageFromLog } from "../../../embedded/engine/core/failure.ts";
import { isFulfilled } from "../../../embedded/engine/core/operation.ts";
import type { Pod } from "../../../embedded/engine/core/types.ts";
import { byNode, SimulatedCluster, workflow } from "./simulated-cluster.ts";
import { argument, dag, pod, run } from "./templates.ts";

const target = (reason: string, message: string) => [{ type: "DisruptionTarget", status: "True", reason, message }];

const terminated = (exitCode: number, more: object = {}) => [
  { name: "main", state: { terminated: { exitCode, reason: "Error", ...more } } },
];

/** The status of a container that has ended. */
const container = (name: string, exitCode: number, reason = "Error") => ({
  name,
  state: { terminated: { exitCode, reason } },
});

const podWith = (status: Pod["status"], deleted = false): Pod => ({
  metadata: { name: "p", namespace: "ns", ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}) },
  spec: {},
  status: { phase: "Failed", ...status },
});

describe("a failed pod", () => {
  test.each<[string, Pod, string, string]>([
    [
      "ran out of memory",
      podWith({ containerStatuses: terminated(137, { reason: "OOMKilled" }) }),
      "Failed",
      "main: OOMKilled (exit code 137)",
    ],
    [
      "was killed",
      podWith({ containerStatuses: terminated(137) }),
      "Failed",
      "main: Error (exit code 137): ended by signal 9 (SIGKILL)",
    ],
    [
      "crashed",
      podWith({ containerStatuses: terminated(139, { message: "core dumped" }) }),
      "Failed",
      "main: Error (exit code 139): ended by signal 11 (SIGSEGV): core dumped",
    ],
    [
      "says why",
      podWith({ containerStatuses: terminated(1, { message: "no such model\n" }) }),
      "Failed",
      "main: Error (exit code 1): no such model",
    ],
    [
      "never started",
      podWith({ containerStatuses: terminated(128, { reason: "StartError", message: "exec: no such file" }) }),
      "Failed",
      "main: StartError (exit code 128): exec: no such file",
    ],
    [
      "was evicted",
      podWith({ reason: "Evicted", message: "The node was low on resource: memory." }),
      "Failed",
      "Evicted: The node was low on resource: memory.",
    ],
    [
      "didn't fit",
      podWith({ reason: "OutOfcpu", message: "Node didn't have enough resource: cpu" }),
      "Failed",
      "OutOfcpu: Node didn't have enough resource: cpu",
    ],
    [
      "was too long",
      podWith({ reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" }),
      "Failed",
      "Pod was active on the node longer than the specified deadline",
    ],
    [
      "lost its node",
      podWith({ conditions: target("DeletionByPodGC", "PodGC: node no longer exists") }),
      "Failed",
      "DeletionByPodGC: PodGC: node no longer exists",
    ],
    [
      "was preempted",
      podWith(
        {
          conditions: target("PreemptionByScheduler", "preempting to accommodate a higher priority pod"),
          containerStatuses: terminated(143),
        },
        true,
      ),
      "Error",
      "pod deleted: PreemptionByScheduler: preempting to accommodate a higher priority pod",
    ],
    [
      "was drained",
      podWith({ conditions: target("EvictionByEvictionAPI", "Eviction API: evicting") }, true),
      "Error",
      "pod deleted: EvictionByEvictionAPI: Eviction API: evicting",
    ],
    ["was deleted", podWith({ containerStatuses: terminated(137) }, true), "Error", "pod deleted"],
    [
      "failed beside a container that was put into it",
      podWith({ containerStatuses: [container("a-proxy", 1), container("main", 3)] }),
      "Failed",
      "main: Error (exit code 3)",
    ],
    [
      "failed of such a container",
      podWith({ containerStatuses: [container("a-proxy", 1), container("main", 0)] }),
      "Failed",
      "a-proxy: Error (exit code 1)",
    ],
    [
      "did its work before such a container was stopped",
      podWith({ containerStatuses: [container("a-proxy", 143), container("b-proxy", 137), container("main", 0)] }),
      "Succeeded",
      "",
    ],
    [
      "never did its work, while such a container was stopped",
      podWith({ containerStatuses: [container("a-proxy", 143), { name: "main", state: {} }] }),
      "Failed",
      "pod failed: main container did not complete successfully",
    ],
    [
      "ran out of memory in an init container",
      podWith({
        initContainerStatuses: [container("load", 137, "OOMKilled")],
        containerStatuses: [{ name: "main", state: { waiting: { reason: "PodInitializing" } } }],
      }),
      "Failed",
      "load: OOMKilled (exit code 137)",
    ],
  ])("that %s", (_, pod, phase, message) => {
    expect(failure(pod)).toEqual({ phase, message });
  });

  test("is not told of by a native sidecar that ended with it", () => {
    const status = { initContainerStatuses: [container("mesh", 143)], containerStatuses: [container("main", 3)] };
    const withSidecar = { ...podWith(status), spec: { initContainers: [{ name: "mesh", restartPolicy: "Always" }] } };
    expect(failure(withSidecar).message).toBe("main: Error (exit code 3)");
    expect(failure(podWith(status)).message).toBe("mesh: Error (exit code 143): ended by signal 15 (SIGTERM)");
  });

  test("is told of by the end of its log, as much as a termination message holds", () => {
    expect(messageFromLog("one\ntwo\n\n")).toBe("one\ntwo");
    expect(messageFromLog(`${"x\n".repeat(500)}last\n`).split("\n")).toHaveLength(80);
    expect(Buffer.byteLength(messageFromLog("é".repeat(5000)))).toBe(2048);
  });

  test("that is taken away with its node is an error that says by whom", () => {
    const cluster = new SimulatedCluster(workflow({ entrypoint: "main", templates: [pod("main")] }), () => ({
      seconds: 50,
    }));
    cluster.run(({ workflow: { status } }) => status?.nodes?.wf?.phase === "Running");
    const [runningPod] = cluster.list();
    if (!runningPod) throw new Error("no pod");
    const conditions = target("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint");
    const terminatingPod: Pod = {
      ...runningPod,
      metadata: { ...runningPod.metadata, deletionTimestamp: "2026-01-01T00:00:09Z" },
      status: { ...runningPod.status, conditions },
    };
    const { status } = advance(cluster.workflow, [terminatingPod], new Date(cluster.now));
    expect(status.nodes?.wf?.phase).toBe("Running");
    const result = advance({ ...cluster.workflow, status }, [], new Date(cluster.now));
    expect(result.status.nodes?.wf).toMatchObject({
      phase: "Error",
      message: "pod deleted: DeletionByTaintManager: Taint manager: deleting due to NoExecute taint",
    });
  });

  test("whose node doesn't answer is what it was", () => {
    const cluster = new SimulatedCluster(workflow({ entrypoint: "main", templates: [pod("main")] }), () => ({
      seconds: 50,
    }));
    cluster.run(({ workflow: { status } }) => status?.nodes?.wf?.phase === "Running");
    const lost = cluster
      .list()
      .map((pod) => ({ ...pod, status: { phase: "Unknown", reason: "NodeLost", message: "node1 is unresponsive" } }));
    expect(advance(cluster.workflow, lost, new Date(cluster.now)).status.nodes?.wf).toMatchObject({
      phase: "Running",
      message: "NodeLost: node1 is unresponsive",
    });
  });
});

test("a node that is over keeps its phase, whatever its pod says later", () => {
  const cluster = new SimulatedCluster(
    workflow({
      entrypoint: "main",
      templates: [
        dag([
          { name: "a", template: "p" },
          { name: "b", template: "p" },
        ]),
        pod("p"),
      ],
    }),
    byNode({ a: { seconds: 1 }, b: { seconds: 99 } }),
  );
  cluster.run(({ workflow: { status } }) =>
    Object.values(status?.nodes ?? {}).some(({ phase }) => phase === "Succeeded"),
  );
  const a = cluster.node("a");
  for (const phase of ["Pending", "Running", "Failed", "Unknown"]) {
    const changed = cluster.list().map((pod) => ({ ...pod, status: { ...pod.status, phase } }));
    const { status } = advance(cluster.workflow, changed, new Date(cluster.now));
    const after = Object.values(status.nodes ?? {}).find(({ id }) => id === a?.id);
    expect(after?.phase).toBe("Succeeded");
    expect(isFulfilled(after?.phase)).toBe(true);
  }
});

test("nodes end, and keep their phases, whatever the server, the kubelet and the logs do", () => {
  const script = fc.oneof(
    fc.record({ refused: fc.constant("exceeds the limits") }),
    fc.record({ exitCode: fc.constantFrom(0, 1, 137), logProblem: fc.constant("the container was never started") }),
    fc.record({ exitCode: fc.constantFrom(0, 3), logs: fc.constantFrom("yes", "[1]") }),
    fc.record({
      podMessage: fc.constant("low on memory"),
      podReason: fc.constant("Evicted"),
      exitCode: fc.constant(1),
    }),
    fc.record({ deleted: fc.constant(true) }),
  );
  const uses = argument("v", "{{tasks.a.outputs.result}}");
  const tasks = [
    { name: "a", template: "p" },
    { name: "b", template: "reader", depends: "a || a.Failed || a.Errored", arguments: uses },
    { name: "c", template: "p", depends: "a", when: "'{{tasks.a.outputs.result}}' == yes" },
    { name: "each", template: "p", depends: "a", withParam: "{{tasks.a.outputs.result}}" },
  ];
  const reader = pod("reader", { inputs: { parameters: [{ name: "v" }] } });
  const attempts = fc.constantFrom({}, { retryStrategy: { limit: "1", retryPolicy: "Always" } });
  fc.assert(
    fc.property(fc.infiniteStream(script), attempts, (scripts, more) => {
      const cluster = run([dag(tasks), pod("p", more), reader], () => scripts.next().value ?? {});
      expect(isOver(cluster.workflow.status?.phase)).toBe(true);
      const outcomes = new Map<string, string>();
      for (const { result } of cluster.trace) {
        for (const { id, phase } of Object.values(result.status.nodes ?? {})) {
          if (outcomes.has(id)) expect(phase).toBe(outcomes.get(id));
          if (isFulfilled(phase)) outcomes.set(id, phase);
        }
      }
      for (const { phase } of Object.values(cluster.workflow.status?.nodes ?? {}))
        expect(isFulfilled(phase)).toBe(true);
    }),
  );
});

describe("the pods of a workload's workflow", () => {
  const workload = { "agentic.io/workload": "audit" };
  const first = (spec: Parameters<typeof workflow>[0], labels?: Record<string, string>) => {
    const submitted = workflow(spec);
    return new SimulatedCluster({
      ...submitted,
      metadata: { ...submitted.metadata, ...(labels ? { labels } : {}) },
    }).step().podsToCreate[0]?.metadata.labels;
  };
  const spec = { entrypoint: "main", templates: [pod("main")] };

  test("carry its label, from the workflow or from podMetadata", () => {
    expect(first(spec, { ...workload, other: "x" })).toMatchObject(workload);
    expect(first(spec, { other: "x" })).not.toHaveProperty("other");
    expect(first({ ...spec, podMetadata: { labels: workload } })).toMatchObject(workload);
  });
});

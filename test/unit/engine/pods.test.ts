// The pods that the engine asks for, and what it reads from them.
import { describe, expect, test } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import type { Pod, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { byNode, type Script, SimulatedCluster, workflow } from "./simulated-cluster.ts";

function podOf(main: Partial<Template>, more: Partial<WorkflowSpec> = {}): Pod {
  const cluster = new SimulatedCluster(
    workflow({ entrypoint: "main", templates: [{ name: "main", ...main }], ...more }),
  );
  const pod = cluster.step().podsToCreate[0];
  if (!pod) throw new Error(`no pod: ${cluster.workflow.status?.message}`);
  return pod;
}
const container = { image: "i", command: ["c"] };
/** A container as the pod gets it. */
const mainContainer = { ...container, name: "main", terminationMessagePolicy: "FallbackToLogsOnError" };

describe("a pod", () => {
  test("carries its owner, its node and the template's own metadata, but not over the engine's labels", () => {
    const metadata = {
      labels: { a: "{{workflow.name}}", "workflows.argoproj.io/completed": "true" },
      annotations: { b: "2" },
    };
    const pod = podOf({ container, metadata }, { podMetadata: { labels: { a: "0", c: "3" } } });
    expect(pod.metadata).toEqual({
      name: "wf",
      namespace: "ns",
      labels: { a: "wf", c: "3", "workflows.argoproj.io/workflow": "wf", "workflows.argoproj.io/completed": "false" },
      annotations: {
        b: "2",
        "workflows.argoproj.io/node-name": "wf",
        "workflows.argoproj.io/node-id": "wf",
        "kubectl.kubernetes.io/default-container": "main",
      },
      ownerReferences: [
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Workflow",
          name: "wf",
          uid: "u-1",
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
  });

  test("takes from the workflow what the template doesn't say", () => {
    const spec: Partial<WorkflowSpec> = {
      serviceAccountName: "agent",
      securityContext: { runAsNonRoot: true },
      imagePullSecrets: [{ name: "s" }],
      nodeSelector: { disk: "{{workflow.parameters.disk}}" },
      affinity: { podAffinity: {} },
      tolerations: [{ key: "k" }],
      podPriorityClassName: "low",
      schedulerName: "mine",
      hostAliases: [{ ip: "1.1.1.1" }],
      dnsPolicy: "Default",
      dnsConfig: { nameservers: ["1.1.1.1"] },
      hostNetwork: false,
      arguments: { parameters: [{ name: "disk", value: "ssd" }] },
    };
    expect(podOf({ container }, spec).spec).toEqual({
      restartPolicy: "Never",
      containers: [mainContainer],
      serviceAccountName: "agent",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
      imagePullSecrets: [{ name: "s" }],
      nodeSelector: { disk: "ssd" },
      affinity: { podAffinity: {} },
      tolerations: [{ key: "k" }],
      priorityClassName: "low",
      schedulerName: "mine",
      hostAliases: [{ ip: "1.1.1.1" }],
      dnsPolicy: "Default",
      dnsConfig: { nameservers: ["1.1.1.1"] },
      hostNetwork: false,
    });
    const template: Partial<Template> = {
      container,
      serviceAccountName: "own",
      automountServiceAccountToken: true,
      securityContext: { runAsUser: 1 },
      nodeSelector: { a: "b" },
      tolerations: [{ key: "t" }],
      priorityClassName: "high",
      activeDeadlineSeconds: 7,
      hostAliases: [{ ip: "2.2.2.2" }],
    };
    expect(podOf(template, spec).spec).toMatchObject({
      serviceAccountName: "own",
      automountServiceAccountToken: true,
      securityContext: { runAsUser: 1 },
      nodeSelector: { a: "b" },
      tolerations: [{ key: "t" }],
      priorityClassName: "high",
      activeDeadlineSeconds: 7,
      hostAliases: [{ ip: "1.1.1.1" }, { ip: "2.2.2.2" }],
    });
  });

  test("gets templateDefaults for its kind, list by list", () => {
    const templateDefaults: Partial<Template> = {
      container: {
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        env: [
          { name: "A", value: "0" },
          { name: "B", value: "1" },
        ],
        args: ["no"],
      },
      script: { source: "no", image: "no" },
    };
    const { containers } = podOf(
      { container: { ...container, args: ["yes"], env: [{ name: "A", value: "9" }] } },
      { templateDefaults },
    ).spec;
    expect(containers).toEqual([
      {
        ...mainContainer,
        args: ["yes"],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        env: [
          { name: "A", value: "9" },
          { name: "B", value: "1" },
        ],
      },
    ]);
  });

  test("has the volumes that its containers mount, and no other", () => {
    const volumes: WorkflowSpec["volumes"] = [
      { name: "tmp", emptyDir: {} },
      { name: "secret", secret: { secretName: "{{workflow.name}}" } },
      { name: "unused", emptyDir: {} },
    ];
    const mounts = (name: string) => ({ ...container, volumeMounts: [{ name, mountPath: `/${name}` }] });
    const pod = podOf(
      {
        container: mounts("tmp"),
        initContainers: [{ ...mounts("secret"), name: "init" }],
        volumes: [{ name: "tmp", emptyDir: { medium: "Memory" } }],
      },
      { volumes },
    );
    expect(pod.spec.volumes).toEqual([
      { name: "tmp", emptyDir: { medium: "Memory" } },
      { name: "secret", secret: { secretName: "wf" } },
    ]);
    const cluster = new SimulatedCluster(
      workflow({ entrypoint: "main", templates: [{ name: "main", container: mounts("none") }] }),
    ).run();
    expect(cluster.workflow.status?.nodes?.wf).toMatchObject({
      type: "Pod",
      phase: "Error",
      message: "volume 'none' not found in workflow spec",
    });
  });

  test("of a script gets the source as a file, by an annotation and without another container", () => {
    const pod = podOf({
      script: {
        image: "i",
        command: ["python"],
        args: ["-u"],
        source: "print('{{workflow.name}}')\n",
        volumeMounts: [],
      },
    });
    expect(pod.metadata.annotations?.["workflows.argoproj.io/script"]).toBe("print('wf')\n");
    expect(pod.spec.containers).toEqual([
      {
        ...mainContainer,
        command: ["python"],
        args: ["-u", "/argo/staging/script"],
        volumeMounts: [{ name: "argo-staging", mountPath: "/argo/staging", readOnly: true }],
      },
    ]);
    expect(pod.spec.volumes).toEqual([
      {
        name: "argo-staging",
        downwardAPI: {
          defaultMode: 0o555,
          items: [{ path: "script", fieldRef: { fieldPath: "metadata.annotations['workflows.argoproj.io/script']" } }],
        },
      },
    ]);
    expect(podOf({ script: { image: "i", command: ["true"], source: "" } }).spec).not.toHaveProperty("volumes");
  });

  test("of a deadline that isn't a number is not made", () => {
    const cluster = new SimulatedCluster(
      workflow({
        entrypoint: "main",
        templates: [{ name: "main", container, activeDeadlineSeconds: "{{workflow.name}}" }],
      }),
    ).run();
    expect(cluster.workflow.status?.message).toMatch(/activeDeadlineSeconds: must be a positive integer/);
  });
});

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

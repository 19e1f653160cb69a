// The engine on a real node: pods that really run, under Pod Security restricted.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import * as paths from "../../embedded/engine/controller/paths.ts";
import type { Container, Template, Workflow, WorkflowSpec } from "../../embedded/engine/core/types.ts";
import { clean, importImages, up } from "../../embedded/node/node.ts";
import { Cluster, until } from "../integration/engine/cluster.ts";
import { shellArchive, shellImage } from "./shell-image.ts";

const INSTANCE = "e2e-engine";
const NS = "tenant-e2e";
let cluster: Cluster;
let engine: ChildProcess;

const securityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};
const common: WorkflowSpec = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  templateDefaults: {
    container: { securityContext },
    script: { securityContext, image: shellImage, command: ["sh"], source: "" },
  },
};
const shell = (name: string, line: string, more: Partial<Template> = {}): Template => ({
  name,
  container: { image: shellImage, command: ["sh", "-c"], args: [line] } as Container,
  ...more,
});

function startEngine(kubeconfig: string): ChildProcess {
  const env = { ...process.env, KUBECONFIG: kubeconfig, METRICS_PORT: "0", HEALTH_PORT: "0", NAMESPACES: NS };
  return spawn(process.execPath, [join(import.meta.dirname, "../../embedded/engine/main.ts")], {
    env,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

beforeAll(async () => {
  await clean(INSTANCE);
  const node = await up({ instance: INSTANCE, durable: false });
  await importImages(INSTANCE, [shellArchive()]);
  cluster = await Cluster.on({ kubeconfig: node.kubeconfig, stop: () => clean(INSTANCE) });
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await cluster.client.create("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NS, labels },
  });
  await until("the service account", () =>
    cluster.client.get(`/api/v1/namespaces/${NS}/serviceaccounts/default`).catch(() => undefined),
  );
  engine = startEngine(node.kubeconfig);
});
afterAll(async () => {
  engine?.kill("SIGTERM");
  await cluster?.stop();
});

const submit = (name: string, spec: WorkflowSpec): Promise<Workflow> =>
  cluster.submit(NS, name, { ...common, ...spec });

test.concurrent("a chain of three pods passes an output along", async ({ expect }) => {
  const step = shell(
    "step",
    "echo {{inputs.parameters.text}}- > {{outputs.parameters.o.path}}; echo kept > /tmp/other",
    {
      inputs: { parameters: [{ name: "text" }] },
      // In a folder that nobody makes, in a volume that the user can write: as the agents' result.
      outputs: { parameters: [{ name: "o", valueFrom: { path: "/tmp/outputs/result.json" } }] },
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  );
  if (step.container) step.container.volumeMounts = [{ name: "tmp", mountPath: "/tmp" }];
  const call = (name: string, value: string) => [
    { name, template: "step", arguments: { parameters: [{ name: "text", value }] } },
  ];
  const steps = [
    call("a", "x"),
    call("b", "{{steps.a.outputs.parameters.o}}"),
    call("c", "{{steps.b.outputs.parameters.o}}"),
  ];
  await submit("chain", { entrypoint: "main", templates: [{ name: "main", steps }, step] });
  const workflow = await cluster.phase(NS, "chain", "Succeeded", 60_000);
  expect(cluster.node(workflow, "c").outputs?.parameters?.[0]?.value).toBe("x---");
  expect(workflow.status?.progress).toBe("3/3");
});

test.concurrent("a script runs from a file, and its output decides what is next", async ({ expect }) => {
  const source = 'for word in "yes" "it is"; do echo "$word"; done | { read first; echo $first; }\n';
  const tasks = [
    { name: "ask", template: "ask" },
    { name: "go", template: "go", depends: "ask", when: "'{{tasks.ask.outputs.result}}' == yes" },
    { name: "stay", template: "go", depends: "ask", when: "'{{tasks.ask.outputs.result}}' != yes" },
  ];
  const askTemplate: Template = { name: "ask", script: { image: shellImage, command: ["sh"], source } };
  await submit("script", {
    entrypoint: "main",
    templates: [{ name: "main", dag: { tasks } }, askTemplate, shell("go", "true")],
  });
  const workflow = await cluster.phase(NS, "script", "Succeeded", 60_000);
  expect(cluster.node(workflow, "ask").outputs?.result).toBe("yes");
  expect(cluster.node(workflow, "stay").phase).toBe("Skipped");
});

test.concurrent("a gate waits for its decision and goes on with it", async ({ expect }) => {
  const tasks = [
    { name: "gate", template: "gate" },
    { name: "go", template: "go", depends: "gate", when: "'{{tasks.gate.outputs.parameters.decision}}' == 'approve'" },
  ];
  const gate: Template = {
    name: "gate",
    suspend: { duration: "10m" },
    outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {}, default: "deny" } }] },
  };
  await submit("gated", {
    entrypoint: "main",
    templates: [{ name: "main", dag: { tasks } }, gate, shell("go", "true")],
  });
  const waiting = await until("the gate", async () => {
    const workflow = await cluster.workflow(NS, "gated");
    return (
      Object.values(workflow.status?.nodes ?? {}).some(
        ({ type, phase }) => type === "Suspend" && phase === "Running",
      ) && workflow
    );
  });
  const outputs = {
    parameters: [{ name: "decision", value: "approve", valueFrom: { supplied: {}, default: "deny" } }],
  };
  await cluster.client.patch(paths.workflow(NS, "gated"), {
    metadata: { resourceVersion: waiting.metadata.resourceVersion },
    status: {
      nodes: {
        [cluster.node(waiting, "gate").id]: { phase: "Succeeded", finishedAt: "2026-01-01T00:00:00Z", outputs },
      },
    },
  });
  const gated = await cluster.phase(NS, "gated", "Succeeded", 60_000);
  expect(cluster.node(gated, "go").phase).toBe("Succeeded");
});

test.concurrent("a pod deleted while it runs is tried again", async ({ expect }) => {
  const retryStrategy = {
    limit: "2",
    retryPolicy: "Always",
    expression: "lastRetry.status == 'Error' || lastRetry.exitCode == '75'",
  };
  await submit("again", {
    entrypoint: "main",
    templates: [shell("main", "[ {{retries}} -gt 0 ] || sleep 300", { retryStrategy })],
  });
  await until(
    "the first attempt to run",
    async () =>
      Object.values((await cluster.workflow(NS, "again")).status?.nodes ?? {}).some(
        ({ type, phase }) => type === "Pod" && phase === "Running",
      ),
    60_000,
  );
  await cluster.client.delete(paths.pod(NS, (await cluster.pod(NS, "again(0)")).metadata.name), {
    gracePeriodSeconds: 1,
  });
  const workflow = await cluster.phase(NS, "again", "Succeeded", 60_000);
  expect(cluster.node(workflow, "again(0)")).toMatchObject({ phase: "Error", message: "pod deleted" });
});

test.concurrent("a missing output is Argo's error", async ({ expect }) => {
  await submit("nofile", {
    entrypoint: "main",
    templates: [shell("main", "true", { outputs: { parameters: [{ name: "o", valueFrom: { path: "/tmp/none" } }] } })],
  });
  const workflow = await cluster.phase(NS, "nofile", "Error", 60_000);
  expect(workflow.status?.message).toBe(
    "wait: Error (exit code 64): open /var/run/argo/outputs/parameters/tmp/none: no such file or directory",
  );
});

test.concurrent("what Pod Security forbids ends in an error that says so", async ({ expect }) => {
  const container: Container = {
    image: shellImage,
    command: ["true"],
    securityContext: { privileged: true, allowPrivilegeEscalation: true },
  };
  await submit("forbidden", { entrypoint: "main", templates: [{ name: "main", container }] });
  const workflow = await cluster.phase(NS, "forbidden", "Error", 60_000);
  expect(workflow.status?.message).toMatch(/violates PodSecurity "restricted/);
});

test.concurrent("deleting a workflow takes its pods along", async ({ expect }) => {
  await submit("gone", { entrypoint: "main", templates: [shell("main", "trap exit TERM; sleep 300 & wait")] });
  await until("the pod to run", async () => (await cluster.pod(NS, "gone")).status?.phase === "Running", 60_000);
  await cluster.client.delete(paths.workflow(NS, "gone"), { propagationPolicy: "Background" });
  await until(
    "the pod to go",
    async () => (await cluster.pods(NS)).every(({ metadata }) => metadata.name !== "gone"),
    60_000,
  );
  expect(await cluster.find(NS, "gone")).toBeUndefined();
});

const tmp = { volumes: [{ name: "tmp", emptyDir: { sizeLimit: "64Ki" } }] };
const withTmp = { volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] };
const memory = { resources: { requests: { memory: "24Mi" }, limits: { memory: "24Mi" } } };
const failing: [string, Template, RegExp][] = [
  ["by itself", shell("main", "echo no such model; exit 3"), /^main: Error \(exit code 3\): no such model$/],
  [
    "before its output is written",
    shell("main", "echo no such page; exit 1", {
      outputs: { parameters: [{ name: "o", valueFrom: { path: "/tmp/o" } }] },
    }),
    /^main: Error \(exit code 1\): no such page$/,
  ],
  [
    "by a signal",
    shell("main", "sh -c 'kill -9 $$$$'; exit $?"),
    /^main: Error \(exit code 137\): ended by signal 9 \(SIGKILL\)/,
  ],
  ["for want of memory", shell("main", "x=0123456789; while :; do x=$x$x; done"), /^main: OOMKilled \(exit code 137\)/],
  [
    "by eviction",
    shell("main", "i=0; while [ $i -lt 9999 ]; do echo 0123456789; i=$((i+1)); done > /tmp/big; sleep 300", tmp),
    /^Evicted: .*EmptyDir volume/,
  ],
];

test.concurrent.for(failing)(
  "a step that ends %s says so, and its workflow too",
  async ([kind, template, message], { expect }) => {
    const name = `ends-${kind.replaceAll(" ", "-")}`;
    const container = { ...template.container, ...(kind.includes("memory") ? memory : {}) } as Container;
    if (template.volumes) Object.assign(container, withTmp);
    const steps = [[{ name: "a", template: "main" }]];
    await submit(name, {
      entrypoint: "all",
      templates: [
        { name: "all", steps },
        { ...template, container },
      ],
    });
    const workflow = await cluster.phase(NS, name, "Failed", 90_000);
    expect(cluster.node(workflow, "a").message).toMatch(message);
    expect(workflow.status?.message).toContain(` failed: a: ${cluster.node(workflow, "a").message}`);
  },
);

// Measures the engine: the pure core on 1,000 nodes, the controller's reaction against a bare API server, and the
// three-pod chain on the embedded node (CHAIN=0 leaves that out).
import { readFileSync } from "node:fs";
import { advance } from "../../embedded/engine/core/advance.ts";
import type { Pod, Template, Workflow, WorkflowSpec } from "../../embedded/engine/core/types.ts";
import { clean, importImages, up } from "../../embedded/node/node.ts";
import { shellArchive } from "../e2e/shell-image.ts";
import { Cluster, until } from "../integration/engine/cluster.ts";
import { median, p95 } from "./lib/statistics.ts";

const SAMPLES = 20;
const SIZE = Number(process.env.NODES ?? 1000);

function report(name: string, values: number[], goal = ""): void {
  console.log(
    `${name.padEnd(58)} median ${median(values).toFixed(1)} ms, p95 ${p95(values).toFixed(1)} ms${goal && ` (aim ${goal})`}`,
  );
}

const pod: Template = {
  name: "p",
  inputs: { parameters: [{ name: "v" }] },
  container: { image: "i", command: ["c"], args: ["{{inputs.parameters.v}}"] },
};
const argument = (value: string) => ({ parameters: [{ name: "v", value }] });
const specs: Record<string, WorkflowSpec> = {
  "a fan-out": {
    entrypoint: "main",
    templates: [
      {
        name: "main",
        dag: {
          tasks: [{ name: "t", template: "p", withSequence: { count: String(SIZE) }, arguments: argument("{{item}}") }],
        },
      },
      pod,
    ],
  },
  "a DAG in layers of 50": {
    entrypoint: "main",
    templates: [
      {
        name: "main",
        dag: {
          tasks: Array.from({ length: SIZE }, (_, index) => {
            const above = index - 50;
            const depends =
              above < 0 ? {} : { depends: `t${above} && (t${above - (above % 50)}.Succeeded || t${above}.Failed)` };
            return {
              name: `t${index}`,
              template: "p",
              ...depends,
              arguments: argument(above < 0 ? "x" : `{{tasks.t${above}.status}}`),
            };
          }),
        },
      },
      pod,
    ],
  },
  "a chain": {
    entrypoint: "main",
    templates: [
      {
        name: "main",
        dag: {
          tasks: Array.from({ length: SIZE }, (_, index) => ({
            name: `t${index}`,
            template: "p",
            arguments: argument("x"),
            ...(index === 0 ? {} : { depends: `t${index - 1}` }),
          })),
        },
      },
      pod,
    ],
  },
};

function workflow(spec: WorkflowSpec): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "bench", namespace: "ns", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec,
  };
}

const terminated = { exitCode: 0, reason: "Completed", finishedAt: "2026-01-01T00:00:01Z" };
const finished = (pod: Pod): Pod => ({
  ...pod,
  status: { phase: "Succeeded", containerStatuses: [{ name: "main", state: { terminated } }] },
});
const running = (pod: Pod): Pod => ({
  ...pod,
  status: { phase: "Running", containerStatuses: [{ name: "main", state: { running: {} } }] },
});

/** Brings a workflow to where half of its pods have ended, and times passes there and over all of it. */
function core(what: string, spec: WorkflowSpec): void {
  const all: number[] = [];
  let current = workflow(spec);
  const pods = new Map<string, Pod>();
  const pass = () => {
    const started = performance.now();
    const result = advance(current, [...pods.values()], new Date("2026-01-01T00:01:00Z"));
    all.push(performance.now() - started);
    current = { ...current, status: result.status };
    for (const pod of result.podsToCreate) pods.set(pod.metadata.name, running(pod));
    return result;
  };
  pass();
  const first = all[0] ?? 0;
  const half: number[] = [];
  while (current.status?.phase === "Running") {
    const live = [...pods].filter(([, pod]) => pod.status?.phase === "Running");
    for (const [name, pod] of live.slice(0, SIZE / 2)) pods.set(name, finished(pod));
    pass();
    const finishedPods = Number(current.status?.progress?.split("/")[0]);
    if (half.length === 0 && finishedPods >= SIZE / 2) {
      for (let i = 0; i < SAMPLES; i++) {
        const started = performance.now();
        advance(current, [...pods.values()], new Date("2026-01-01T00:01:00Z"));
        half.push(performance.now() - started);
      }
    }
  }
  console.log(
    `advance: ${what} of ${SIZE} pods: first pass ${first.toFixed(1)} ms, all ${all.length} passes ${all.reduce((a, b) => a + b, 0).toFixed(0)} ms`,
  );
  report(`advance: ${what}, half done, nothing new`, half);
}

/** From a pod's end, as the kubelet tells it, to the next pod's creation. */
async function reaction(cluster: Cluster): Promise<void> {
  const steps = Array.from({ length: SAMPLES + 1 }, (_, index) => [{ name: `s${index}`, template: "c" }]);
  const leaf: Template = { name: "c", container: { image: "i", command: ["c"] } };
  // A kind that was just made takes its first objects slowly.
  await cluster.submit("bench", "warm", { entrypoint: "c", templates: [leaf] });
  await cluster.pod("bench", "warm");
  const started = performance.now();
  await cluster.submit("bench", "chain", { entrypoint: "main", templates: [{ name: "main", steps }, leaf] });
  const times: number[] = [];
  let current = await cluster.pod("bench", "chain[0].s0");
  const first = performance.now() - started;
  for (let index = 1; index <= SAMPLES; index++) {
    const ran = await cluster.run(current);
    const at = performance.now();
    await cluster.end(ran);
    current = await cluster.pod("bench", `chain[${index}].s${index}`);
    times.push(performance.now() - at);
  }
  console.log(`submission to first pod: ${first.toFixed(0)} ms`);
  report("end of a pod to the next pod's creation (both writes seen)", times);
}

async function many(cluster: Cluster, count: number): Promise<void> {
  const spec: WorkflowSpec = { entrypoint: "c", templates: [{ name: "c", container: { image: "i", command: ["c"] } }] };
  const started = performance.now();
  await Promise.all(Array.from({ length: count }, (_, index) => cluster.submit("bench", `many-${index}`, spec)));
  const submitted = performance.now() - started;
  await until(
    "all pods",
    async () =>
      (await cluster.pods("bench")).filter(({ metadata }) => metadata.name.startsWith("many-")).length === count,
    60_000,
  );
  console.log(
    `${count} workflows at once: submitted in ${submitted.toFixed(0)} ms, all pods created after ${(performance.now() - started).toFixed(0)} ms, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB with this benchmark`,
  );
}

/** The chain of three pods that Argo itself takes 30.6 s for, 13.0 s with its requeue time at 1 s. */
async function chain(): Promise<void> {
  const instance = "bench-engine";
  await clean(instance);
  const node = await up({ instance, durable: false });
  await importImages(instance, [shellArchive()]);
  const cluster = await Cluster.on({ kubeconfig: node.kubeconfig, stop: () => clean(instance) });
  try {
    await cluster.namespace("bench");
    await until("the service account", () =>
      cluster.client.get("/api/v1/namespaces/bench/serviceaccounts/default").catch(() => undefined),
    );
    await cluster.startEngine();
    const golden = new URL("../unit/engine/golden/chain-input.json", import.meta.url);
    const { spec } = JSON.parse(readFileSync(golden, "utf8")) as Workflow;
    // The image has a shell, and echo is built into it.
    const leaf = spec.templates?.find(({ name }) => name === "c");
    if (leaf?.container) leaf.container = { ...leaf.container, command: ["sh", "-c", "echo hi"], args: [] };
    const times: number[] = [];
    for (let run = 0; run < 6; run++) {
      const started = performance.now();
      await cluster.submit("bench", `chain-${run}`, spec);
      await cluster.phase("bench", `chain-${run}`, "Succeeded", 120_000);
      // The first run also unpacks the image.
      if (run > 0) times.push(performance.now() - started);
    }
    report("three-pod chain on the embedded node", times, "7000 ms");
  } finally {
    await cluster.stop();
  }
}

for (const [name, spec] of Object.entries(specs)) core(name, spec);
const cluster = await Cluster.start();
try {
  await cluster.namespace("bench");
  await cluster.startEngine();
  await reaction(cluster);
  await many(cluster, 300);
} finally {
  await cluster.stop();
}
if (process.env.CHAIN !== "0") await chain();

// Measures the engine as a program of its own among finished workflows: how long until it is ready, what it holds in
// memory, what it costs while nothing changes, and how soon a new workflow gets its first pod. FINISHED=500,2000 says how
// many; the table is printed as it stands in docs/scale.md.
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { YOUNG_GENERATION } from "../../components/node-flags.ts";
import * as paths from "../../embedded/engine/controller/paths.ts";
import type { Library, Pod, Workflow } from "../../embedded/engine/core/types.ts";
import { ownImages } from "../../embedded/images/own.ts";
import { visualAnalysis } from "../../workflows/visual-analysis.ts";
import { Cluster, until } from "../integration/engine/cluster.ts";
import { freePorts } from "../integration/ports.ts";
import { byNode, SimulatedCluster } from "../unit/engine/simulated-cluster.ts";
import { cpuOf, memoryOf } from "./lib/process.ts";
import { makeProgram } from "./lib/program.ts";

const SIZES = (process.env.FINISHED ?? "0,500,2000,5000").split(",").map(Number);
const IDLE_SECONDS = Number(process.env.IDLE ?? 20);
const SAMPLES = 10;
const NAMESPACE = "bench";
/** One in so many has failed; its pods stay until it goes itself. */
const FAILED_EACH = 5;

const library = {
  workflowTemplate: () => visualAnalysis,
  clusterWorkflowTemplate: () => undefined,
} as unknown as Library;
const artifacts = Object.fromEntries(
  Array.from({ length: 20 }, (_, n) => [`screenshot_${n}`, `s3://artifacts/job_1/screenshots/${n}.png`]),
);
const values = Object.entries({
  job_id: "kettles",
  run_id: "4f0c6a52",
  objective: "Compare",
  target_urls: '["https://example.com/"]',
  artifact_prefix: "job_kettles",
  agent_image: "registry.local/agents:1",
  approval_timeout: "10m",
}).map(([name, value]) => ({ name, value }));

/** A run of the platform's own template, to its end. */
function finished(name: string, failed: boolean): { workflow: Workflow; pods: Pod[] } {
  const creationTimestamp = `${new Date(Date.now() - 3_600_000).toISOString().slice(0, 19)}Z`;
  const submitted: Workflow = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: NAMESPACE, uid: name, creationTimestamp },
    spec: { workflowTemplateRef: { name: "visual-analysis-template" }, arguments: { parameters: values } },
  };
  const script = failed ? byNode({ "analysis(0)": { exitCode: 1 } }, done) : () => done;
  const simulation = new SimulatedCluster(submitted, script, library).run();
  const { phase, message } = simulation.workflow.status ?? {};
  if (phase !== (failed ? "Failed" : "Succeeded")) throw new Error(`the model is ${phase}: ${message}`);
  return { workflow: simulation.workflow, pods: simulation.list() };
}
const done = { output: JSON.stringify({ artifacts }) };

async function each<T>(list: T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...list];
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item);
    }),
  );
}

/** Puts finished workflows and their pods into the cluster. */
async function fill(cluster: Cluster, from: number, to: number): Promise<number> {
  const models = { failed: finished("model", true), succeeded: finished("model", false) };
  const names = Array.from({ length: to - from }, (_, i) => from + i);
  let pods = 0;
  await each(names, async (n) => {
    const failed = n % FAILED_EACH === 0;
    const model = failed ? models.failed : models.succeeded;
    const { uid: _, creationTimestamp: __, ...metadata } = model.workflow.metadata;
    const storedWorkflow = await cluster.client.create<Workflow>(paths.workflows(NAMESPACE), {
      ...model.workflow,
      metadata: { ...metadata, name: `run-${n}` },
    });
    if (!failed) return;
    for (const [i, pod] of model.pods.entries()) {
      pods++;
      const labels = {
        ...pod.metadata.labels,
        "workflows.argoproj.io/workflow": `run-${n}`,
        "workflows.argoproj.io/completed": "true",
      };
      const owner = [{ ...pod.metadata.ownerReferences?.[0], name: `run-${n}`, uid: storedWorkflow.metadata.uid }];
      const { nodeName: ___, serviceAccountName: ____, priorityClassName: _____, ...spec } = pod.spec;
      const created = await cluster.client.create<Pod>(paths.pods(NAMESPACE), {
        ...pod,
        metadata: { ...pod.metadata, name: `run-${n}-${i}`, labels, ownerReferences: owner },
        spec: JSON.parse(JSON.stringify(spec).replace(/\{\{[^}]*\}\}/g, "x")),
        status: undefined,
        logs: undefined,
      });
      await cluster.status(created, pod.status);
    }
  });
  return pods;
}

async function start(cluster: Cluster): Promise<{ engine: ChildProcess; pid: number; ready: number }> {
  const [metrics, health] = await freePorts(2);
  const startMs = performance.now();
  const engine = spawn(process.execPath, [YOUNG_GENERATION, program.main], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      KUBECONFIG: cluster.server.kubeconfig,
      METRICS_PORT: String(metrics),
      HEALTH_PORT: String(health),
      LOG_LEVEL: "error",
    },
  });
  const url = `http://127.0.0.1:${health}/readyz`;
  await until(
    "the engine",
    () =>
      fetch(url)
        .then(({ ok }) => ok)
        .catch(() => false),
    120_000,
  );
  return { engine, pid: engine.pid ?? 0, ready: performance.now() - startMs };
}

let runs = 0;
const program = await makeProgram(ownImages.workflowEngine);

async function toFirstPod(cluster: Cluster): Promise<number> {
  const name = `new-${runs++}`;
  const startMs = performance.now();
  await cluster.submit(NAMESPACE, name, {
    entrypoint: "c",
    templates: [{ name: "c", container: { image: "i", command: ["c"] } }],
  });
  await until(name, () =>
    cluster.client.get(paths.pod(NAMESPACE, name)).then(
      () => true,
      () => false,
    ),
  );
  return performance.now() - startMs;
}

const cluster = await Cluster.start();
try {
  await cluster.namespace(NAMESPACE);
  const rows = [
    "| finished workflows | pods of theirs | CPU time until ready | ready after | memory, peak | memory, at rest | CPU at rest | new workflow to its pod, median of 10 |",
    "|---:|---:|---:|---:|---:|---:|---:|---:|",
  ];
  let informed = 0;
  let pods = 0;
  for (const size of SIZES) {
    pods += await fill(cluster, informed, size);
    informed = size;
    const { engine, pid, ready } = await start(cluster);
    const work = cpuOf(pid);
    // What the first passes leave behind is gone by then.
    await sleep(10_000);
    const before = cpuOf(pid);
    await sleep(IDLE_SECONDS * 1000);
    const idle = ((cpuOf(pid) - before) / IDLE_SECONDS) * 100;
    const idleMemory = memoryOf(pid).now;
    const times: number[] = [];
    for (let i = 0; i < SAMPLES; i++) times.push(await toFirstPod(cluster));
    const median = times.toSorted((a, b) => a - b)[SAMPLES / 2] ?? Number.NaN;
    rows.push(
      `| ${size.toLocaleString("en")} | ${pods.toLocaleString("en")} | ${work.toFixed(1)} s | ${(ready / 1000).toFixed(1)} s | ${memoryOf(pid).peak.toFixed(0)} MiB | ${idleMemory.toFixed(0)} MiB | ${idle.toFixed(1)} % of a core | ${median.toFixed(0)} ms |`,
    );
    console.log(rows.at(-1));
    const exit = new Promise((resolve) => engine.once("exit", resolve));
    engine.kill("SIGTERM");
    await exit;
  }
  console.log(`\n${rows.join("\n")}`);
} finally {
  program.remove();
  await cluster.stop();
}

// Measures the operator against a bare API server: create, status and resume latency, 300 workloads at once, memory.
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { Informer } from "../../kube/controller/informer.ts";
import type { KubeObject } from "../../kube/controller/object.ts";
import { PATHS, type Workflow } from "../../operator/argo.ts";
import { type Cluster, startCluster } from "../integration/operator/cluster.ts";
import { startOpa } from "../integration/operator/opa.ts";
import { workload, workloadsIn } from "./lib/load.ts";
import { startOperatorProcess } from "./lib/operator-process.ts";

const NAMESPACE = "tenant-bench";
const SAMPLES = 50;
const MANY = Number(process.env.WORKLOADS ?? 300);
const WORKLOADS = workloadsIn(NAMESPACE);

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(name: string, values: number[], goal: number): void {
  const p95 = values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
  console.log(`${name.padEnd(44)} median ${median(values).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (aim ${goal} ms)`);
}

/** Notes when each Workflow and each workload's state is first seen, by a watch of its own. */
class Observer {
  readonly #seen = new Map<string, number>();
  readonly #waiting = new Map<string, (at: number) => void>();

  watch<T extends KubeObject>(cluster: Cluster, path: string, marks: (object: T) => string[]): void {
    const onChange = ({ object }: { object: T }) => {
      for (const mark of marks(object)) this.#note(mark);
    };
    void new Informer<T>({ client: cluster.client, path, onChange }).run(cluster.signal);
  }

  #note(mark: string): void {
    if (this.#seen.has(mark)) return;
    const at = performance.now();
    this.#seen.set(mark, at);
    this.#waiting.get(mark)?.(at);
  }

  until(mark: string): Promise<number> {
    const at = this.#seen.get(mark);
    if (at !== undefined) return Promise.resolve(at);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited 30 s in vain for "${mark}"`)), 30_000);
      this.#waiting.set(mark, (seen) => {
        clearTimeout(timer);
        resolve(seen);
      });
    });
  }
}

const cluster = await startCluster();
const opa = await startOpa();
const { client } = cluster;
await cluster.tenant(NAMESPACE);
const operator = await startOperatorProcess(cluster, opa.url);
try {
  const observer = new Observer();
  observer.watch<Workflow>(cluster, PATHS.workflowsIn(NAMESPACE), ({ metadata, status }) => {
    const name = metadata.labels?.["agentic.io/workload"];
    const gate = Object.values(status?.nodes ?? {}).find(({ type }) => type === "Suspend");
    return [`made ${name}`, `gate ${gate?.phase} ${name}`];
  });
  observer.watch<AgentWorkload>(cluster, WORKLOADS, ({ metadata, status }) => [
    `${status?.phase} ${metadata.name}`,
    `step ${status?.currentNode} ${metadata.name}`,
    `workflow ${status?.argoWorkflow !== undefined} ${metadata.name}`,
  ]);
  await client.create(WORKLOADS, workload(NAMESPACE, "first"));
  await observer.until("workflow true first");
  console.log(`memory at rest                               ${operator.memory().now.toFixed(0)} MiB`);

  const create: number[] = [];
  const status: number[] = [];
  const resume: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const name = `one-${i}`;
    const createdWorkload = await client.create<AgentWorkload>(WORKLOADS, workload(NAMESPACE, name));
    const created = performance.now();
    create.push((await observer.until(`made ${name}`)) - created);
    await observer.until(`workflow true ${name}`);
    const run = await cluster.runOf(createdWorkload);
    await cluster.play(run, { scrape: { phase: "Running" } });
    const stepped = performance.now();
    status.push((await observer.until(`step scrape ${name}`)) - stepped);
    await cluster.playGate(run, { confidence: 0.99, findings: [] });
    const waited = performance.now();
    resume.push((await observer.until(`gate Succeeded ${name}`)) - waited);
    await cluster.finish(run, "Succeeded");
    await observer.until(`Completed ${name}`);
  }
  report("workload → Workflow made", create, 50);
  report("Workflow changed → status written", status, 20);
  report("gate waits → decided", resume, 50);

  const totals: number[] = [];
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    const names = Array.from({ length: MANY }, (_, i) => `many-${round}-${i}`);
    await Promise.all(names.map((name) => client.create(WORKLOADS, workload(NAMESPACE, name))));
    const sent = performance.now() - started;
    const seen = await Promise.all(names.map((name) => observer.until(`made ${name}`)));
    totals.push(Math.max(...seen) - started);
    await Promise.all(names.map((name) => observer.until(`workflow true ${name}`)));
    const all = performance.now() - started;
    const { now, peak } = operator.memory();
    console.log(
      `${MANY} workloads, round ${round + 1}: sent ${sent.toFixed(0)} ms, Workflows ${totals.at(-1)?.toFixed(0)} ms, statuses ${all.toFixed(0)} ms, memory ${now.toFixed(0)} MiB (peak ${peak.toFixed(0)})`,
    );
    await sleep(2_000);
  }
  console.log(`${`${MANY} workloads → all Workflows`.padEnd(44)} median ${median(totals).toFixed(0)} ms (aim 1500 ms)`);
  const { now, peak } = operator.memory();
  console.log(
    `memory with ${MANY * 3} workloads                    ${now.toFixed(0)} MiB, peak ${peak.toFixed(0)} (aim 120 MiB)`,
  );
} finally {
  await operator.stop();
  await opa.stop();
  await cluster.stop();
}

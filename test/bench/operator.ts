// Measures the operator against a bare API server: create, status and resume latency, 300 workloads at once, memory.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { PATHS, type Workflow } from "../../operator/argo.ts";
import { Informer, type KubeObject } from "../../operator/kube/informer.ts";
import { type Cluster, startCluster } from "../integration/operator/cluster.ts";
import { startOpa } from "../integration/operator/opa.ts";

const NAMESPACE = "tenant-bench";
const SAMPLES = 50;
const MANY = Number(process.env.WORKLOADS ?? 300);
const WORKLOADS = `/apis/${API_GROUP_VERSION}/namespaces/${NAMESPACE}/${AGENT_WORKLOAD.plural}`;

function workload(name: string): object {
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: { name, namespace: NAMESPACE },
    spec: { objective: "measure", targetUrls: ["https://example.com/"] },
  };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function report(name: string, values: number[], aim: number): void {
  const p95 = values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
  console.log(`${name.padEnd(44)} median ${median(values).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms (aim ${aim} ms)`);
}

function memory(pid: number): { now: number; peak: number } {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const read = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(text)?.[1]) / 1024;
  return { now: read("VmRSS"), peak: read("VmHWM") };
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

/** The operator as in its pod: in-cluster settings, a token of a service account, no kubeconfig. */
async function startOperator(cluster: Cluster, opaUrl: string, dir: string): Promise<ChildProcess> {
  const account = join(dir, "account");
  mkdirSync(account);
  writeFileSync(join(account, "token"), await cluster.token("agentic-system", "agentic-operator"));
  writeFileSync(join(account, "ca.crt"), cluster.ca);
  const { hostname, port } = new URL(cluster.url);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    SERVICE_ACCOUNT_DIR: account,
    OPA_URL: opaUrl,
    PORT: "0",
    LOG_LEVEL: "warn",
  };
  return spawn(process.execPath, ["operator/main.ts"], { env, stdio: ["ignore", "inherit", "inherit"] });
}

const dir = mkdtempSync(join(tmpdir(), "bench-operator-"));
const cluster = await startCluster();
const opa = await startOpa();
const { client } = cluster;
await cluster.tenant(NAMESPACE);
const operator = await startOperator(cluster, opa.url, dir);
try {
  const observer = new Observer();
  observer.watch<Workflow>(cluster, PATHS.workflowsIn(NAMESPACE), ({ metadata }) => [
    `made ${metadata.labels?.["agentic.io/workload"]}`,
  ]);
  observer.watch<AgentWorkload>(cluster, WORKLOADS, ({ metadata, status }) => [
    `${status?.phase} ${metadata.name}`,
    `step ${status?.currentNode} ${metadata.name}`,
    `workflow ${status?.argoWorkflow !== undefined} ${metadata.name}`,
  ]);
  await client.create(WORKLOADS, workload("first"));
  await observer.until("workflow true first");
  console.log(`memory at rest                               ${memory(operator.pid ?? 0).now.toFixed(0)} MiB`);

  const create: number[] = [];
  const status: number[] = [];
  const resume: number[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    const name = `one-${i}`;
    const made = await client.create<AgentWorkload>(WORKLOADS, workload(name));
    const created = performance.now();
    create.push((await observer.until(`made ${name}`)) - created);
    await observer.until(`workflow true ${name}`);
    const run = await cluster.runOf(made);
    await cluster.play(run, { scrape: { phase: "Running" } });
    const stepped = performance.now();
    status.push((await observer.until(`step scrape ${name}`)) - stepped);
    await cluster.playGate(run, { confidence: 0.99, findings: [] });
    const waited = performance.now();
    await cluster.untilDecided(run);
    resume.push(performance.now() - waited);
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
    await Promise.all(names.map((name) => client.create(WORKLOADS, workload(name))));
    const sent = performance.now() - started;
    const seen = await Promise.all(names.map((name) => observer.until(`made ${name}`)));
    totals.push(Math.max(...seen) - started);
    await Promise.all(names.map((name) => observer.until(`workflow true ${name}`)));
    const all = performance.now() - started;
    const { now, peak } = memory(operator.pid ?? 0);
    console.log(
      `${MANY} workloads, round ${round + 1}: sent ${sent.toFixed(0)} ms, Workflows ${totals.at(-1)?.toFixed(0)} ms, statuses ${all.toFixed(0)} ms, memory ${now.toFixed(0)} MiB (peak ${peak.toFixed(0)})`,
    );
    await sleep(2_000);
  }
  console.log(`${`${MANY} workloads → all Workflows`.padEnd(44)} median ${median(totals).toFixed(0)} ms (aim 1500 ms)`);
  const { now, peak } = memory(operator.pid ?? 0);
  console.log(
    `memory with ${MANY * 3} workloads                    ${now.toFixed(0)} MiB, peak ${peak.toFixed(0)} (aim 120 MiB)`,
  );
} finally {
  operator.kill("SIGTERM");
  await opa.stop();
  await cluster.stop();
  rmSync(dir, { recursive: true, force: true });
}

// How the operator grows: bursts from 100 to 5,000 workloads, one tenant's wait beside another's burst, fairness among fifty
// tenants, and memory with up to 20,000 finished workloads. Prints its part of docs/scale.md; WRITE=1 writes it there and draws docs/scale.svg.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startCluster } from "../integration/operator/cluster.ts";
import { startOpa } from "../integration/operator/opa.ts";
import { finishedPair, LoadObjects, loadClient, workload, workloadsIn } from "./lib/load.ts";
import { type OperatorProcess, startOperatorProcess } from "./lib/operator-process.ts";
import { type Burst, type Finished, SECTION_TITLE, scalePlot, scaleSection } from "./lib/scale-page.ts";

const BURSTS = (process.env.BURSTS ?? "100,300,1000,3000,5000").split(",").map(Number);
const FINISHED = (process.env.FINISHED ?? "0,5000,20000").split(",").map(Number);
const TENANTS = 50;
const EACH = 40;
/** Requests of the load at once: enough to keep the API server busy, as many users would. */
const CLIENTS = 32;

let cluster = await startCluster();
let load = await loadClient(cluster);
const opa = await startOpa();

/** Has an empty cluster from now on. */
async function startOver(): Promise<void> {
  await load.close();
  await cluster.stop();
  cluster = await startCluster();
  load = await loadClient(cluster);
}

/** Does `work` for each item, so many at once. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

/** Tenants share a bucket here: workloads of one name would have one place in it, and run one after the other. */
const create = (namespace: string, name: string) => load.create(workloadsIn(namespace), workload(namespace, name));

/** A burst on an empty cluster, with an operator of its own that stays as it is. */
async function burst(size: number): Promise<{ loadObjects: LoadObjects; result: Burst }> {
  await operator?.stop();
  await startOver();
  operator = await startOperatorProcess(cluster, opa.url);
  const loadObjects = new LoadObjects(load, cluster.signal);
  await loadObjects.ready;
  const namespace = "tenant-burst";
  await cluster.tenant(namespace);
  await sleep(500);
  const names = Array.from({ length: size }, (_, i) => `w-${i}`);
  const started = performance.now();
  const sent = each(names, async (name) => await create(namespace, name));
  const workflows = await loadObjects.untilWorkflows(namespace, size);
  await sent;
  const statuses = await loadObjects.untilStatuses(namespace, size);
  // Whoever looks at once sees what the next collection clears away.
  await sleep(1_000);
  const { now, peak } = operator.memory();
  const result = {
    size,
    workflowsSeconds: (workflows - started) / 1000,
    statusesSeconds: (statuses - started) / 1000,
    memory: now,
    peak,
  };
  console.log(
    `${size} workloads at once: Workflows ${result.workflowsSeconds.toFixed(1)} s (${(size / result.workflowsSeconds).toFixed(0)}/s), statuses ${result.statusesSeconds.toFixed(1)} s, memory ${now.toFixed(0)} MiB (peak ${peak.toFixed(0)})`,
  );
  return { loadObjects, result };
}

/** Milliseconds from workload to Workflow of a tenant that has nothing else to do, while another has 5,000 waiting. */
async function besideBurst(loadObjects: LoadObjects): Promise<number[]> {
  const [busy, calm] = ["tenant-busy", "tenant-calm"];
  await cluster.tenant(busy);
  await cluster.tenant(calm);
  await sleep(500);
  const size = Math.max(...BURSTS);
  let going = true;
  const sending = each(
    Array.from({ length: size }, (_, i) => `busy-${i}`),
    async (name) => await create(busy, name),
  )
    .then(async () => await loadObjects.untilWorkflows(busy, size))
    .finally(() => {
      going = false;
    });
  const waits: number[] = [];
  for (let i = 0; going; i++) {
    const started = performance.now();
    // By connections of its own: the load's are all taken.
    await cluster.client.create(workloadsIn(calm), workload(calm, `single-${i}`));
    waits.push((await loadObjects.untilWorkflow(calm, `single-${i}`)) - started);
    await sleep(100);
  }
  await sending;
  return waits.sort((a, b) => a - b);
}

/** Jain's index of what each of fifty tenants has got when half of everything is made: 1 where all have the same. */
async function fairness(loadObjects: LoadObjects): Promise<number> {
  const names = Array.from({ length: TENANTS }, (_, i) => `tenant-fair-${i}`);
  await each(names, async (name) => await cluster.tenant(name));
  await sleep(500);
  // One after the other tenant's whole load: in the order of arrival the first would have it all.
  const all = names.flatMap((namespace) =>
    Array.from({ length: EACH }, (_, i) => ({ namespace, name: `${namespace}-${i}` })),
  );
  await operator?.stop();
  await each(all, async ({ namespace, name }) => await create(namespace, name));
  operator = await startOperatorProcess(cluster, opa.url);
  const half = await loadObjects.whenMade(names, (TENANTS * EACH) / 2);
  const sum = half.reduce((total, count) => total + count, 0);
  const squares = half.reduce((total, count) => total + count ** 2, 0);
  for (const namespace of names) await loadObjects.untilWorkflows(namespace, EACH);
  return sum ** 2 / (TENANTS * squares);
}

async function finished(count: number, before: number): Promise<Finished> {
  const namespace = "tenant-finished";
  const names = Array.from({ length: count - before }, (_, i) => `done-${before + i}`);
  await each(names, async (name) => await finishedPair(load, namespace, name));
  operator = await startOperatorProcess(cluster, opa.url);
  await sleep(3_000);
  const cpu = operator.cpuSeconds();
  await sleep(8_000);
  const result = {
    count,
    readyMs: operator.readyMs,
    ...operator.memory(),
    idleCpu: (operator.cpuSeconds() - cpu) / 8,
  };
  console.log(
    `${count} finished: ready after ${(result.readyMs / 1000).toFixed(1)} s, memory ${result.now.toFixed(0)} MiB (peak ${result.peak.toFixed(0)}), idle ${(result.idleCpu * 100).toFixed(1)} % of a processor`,
  );
  await operator.stop();
  operator = undefined;
  return result;
}

let operator: OperatorProcess | undefined;
try {
  await cluster.tenant("tenant-finished");
  const ended: Finished[] = [];
  let before = 0;
  for (const count of FINISHED) {
    ended.push(await finished(count, before));
    before = count;
  }
  const bursts: Burst[] = [];
  let last: LoadObjects | undefined;
  for (const size of BURSTS) {
    const { loadObjects, result } = await burst(size);
    bursts.push(result);
    last = loadObjects;
  }
  if (!last) throw new Error("BURSTS names no burst");
  const waits = await besideBurst(last);
  const at = (part: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? Number.NaN;
  console.log(
    `a single workload beside them: p50 ${at(0.5).toFixed(0)} ms, p99 ${at(0.99).toFixed(0)} ms of ${waits.length} (aim 500)`,
  );
  const index = await fairness(last);
  console.log(`${TENANTS} tenants with ${EACH} each: fairness index ${index.toFixed(3)} (aim 0.95)`);
  const scale = { bursts, finished: ended, single: { p50: at(0.5), p99: at(0.99) }, fairness: index };
  const section = scaleSection(scale);
  console.log(`\n${section}`);
  if (process.env.WRITE === "1") {
    const docs = join(import.meta.dirname, "../../docs");
    const page = readFileSync(join(docs, "scale.md"), "utf8");
    writeFileSync(join(docs, "scale.md"), `${page.slice(0, page.indexOf(SECTION_TITLE))}${section}\n`);
    writeFileSync(join(docs, "scale.svg"), scalePlot(bursts, ended));
  }
} finally {
  await operator?.stop();
  await opa.stop();
  await load.close();
  await cluster.stop();
}

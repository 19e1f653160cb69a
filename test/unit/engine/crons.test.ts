// The controller of CronWorkflows on an API server in memory, at times of the test's choice.
import { eventsPath } from "@agentic/kube/controller/event.ts";
import pino from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Caches, makeCaches } from "../../../embedded/engine/controller/caches.ts";
import { CronController } from "../../../embedded/engine/controller/crons.ts";
import { Metrics } from "../../../embedded/engine/controller/metrics.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import { trimWorkflow } from "../../../embedded/engine/controller/trim.ts";
import type { CronWorkflow } from "../../../embedded/engine/core/cron/types.ts";
import type { Workflow } from "../../../embedded/engine/core/types.ts";
import { eventually, MemoryApi } from "./api.ts";
import { NS, single } from "./harness.ts";

const CRONS = paths.ofKind("cronworkflows", NS);

let api: MemoryApi;
let caches: Caches;
let crons: CronController;
let metrics: Metrics;
let now: number;

async function startEngine(): Promise<void> {
  metrics = new Metrics({ workflows: () => [], pods: () => [], depth: () => 0, busy: () => 0 });
  const onProblem = () => {};
  caches = makeCaches({
    client: api,
    namespaces: [],
    onChange: (key) => crons.noteWorkflow(key),
    onTemplate: (namespace) => crons.noteTemplate(namespace),
    onProblem,
  });
  crons = new CronController({
    client: api,
    caches,
    metrics,
    namespaces: [],
    log: pino({ level: "silent" }),
    onProblem,
    now: () => new Date(now),
  });
  await caches.start();
  crons.start();
}
const stopEngine = () => Promise.all([crons.stop(), caches.stop()]);

beforeEach(async () => {
  api = new MemoryApi();
  now = Date.parse("2026-01-01T00:00:30Z");
  await startEngine();
});
afterEach(stopEngine);

const created = "2026-01-01T00:00:00Z";
function put(spec: object = {}, more: { status?: object; creationTimestamp?: string } = {}): void {
  const { status, creationTimestamp = created } = more;
  const metadata = { name: "tick", namespace: NS, uid: "u-tick", creationTimestamp };
  const whole = { schedules: ["* * * * *"], workflowSpec: single, ...spec };
  api.put(CRONS, { metadata, spec: whole, ...(status ? { status } : {}) });
}

/** Puts it there, waits until the controller has seen it, and lets a minute go by. */
async function putAndWait(spec: object = {}): Promise<void> {
  put(spec);
  await seen();
  minute();
}
/** Once whatever has changed has been handled. */
const seen = () => new Promise((resolve) => setTimeout(resolve, 100));
function minute(): void {
  now += 60_000;
  crons.noteTemplate(undefined);
}
const stored = () => api.objects.get(`${CRONS}/tick`) as unknown as CronWorkflow;
const ofKind = (collection: string) =>
  [...api.objects].filter(([path]) => path.startsWith(`${collection}/`)).map(([, object]) => object);
const made = () => ofKind(paths.workflows(NS)) as unknown as Workflow[];
const events = () => ofKind(eventsPath(NS)) as unknown as { reason: string; message: string }[];
const condition = () => stored().status?.conditions?.[0];
const end = (workflow: Workflow, phase = "Succeeded") =>
  api.put(paths.workflows(NS), { ...workflow, status: { phase, finishedAt: new Date().toISOString() } });

test("makes a Workflow at its time, and writes into the status what becomes of it", async () => {
  await putAndWait();
  await eventually("the first", () => stored().status?.active?.length === 1);
  const [first] = made();
  expect(first?.metadata.name).toBe(`tick-${Date.parse("2026-01-01T00:01:00Z") / 1000}`);
  expect(stored().status).toMatchObject({ phase: "Active", active: [{ name: first?.metadata.name }] });
  if (first) end(first);
  await eventually("it is counted", () => stored().status?.succeeded === 1);
  expect(stored().status).not.toHaveProperty("active");
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/cronworkflows_triggered_total\{name="tick",namespace="ns"\} 1/);
});

test("deletes the Workflows beyond its history, whose cache keeps little of them", async () => {
  await putAndWait({ successfulJobsHistoryLimit: 0 });
  await eventually("the first", () => made().length > 0);
  const [first] = made();
  if (!first) throw new Error("none");
  expect(trimWorkflow({ ...first, status: { phase: "Succeeded" } }).metadata).toMatchObject({
    labels: { "workflows.argoproj.io/cron-workflow": "tick" },
    ownerReferences: [{ kind: "CronWorkflow", name: "tick", uid: "u-tick" }],
  });
  end(first);
  await eventually("it is deleted", () => !api.objects.has(paths.workflow(NS, first.metadata.name)));
  expect(stored().status?.succeeded).toBe(1);
});

test("terminates the Workflow that has not ended where it is to be replaced", async () => {
  await putAndWait({ concurrencyPolicy: "Replace" });
  await eventually("the first", () => stored().status?.active?.length === 1);
  minute();
  await eventually("two", () => made().length === 2);
  expect(made()[0]?.spec).toMatchObject({ shutdown: "Terminate" });
  expect(await metrics.registry.metrics()).toMatch(/concurrencypolicy_triggered\{.*concurrency_policy="Replace"\} 1/);
});

test("says by an event and a condition why the API server takes no Workflow, and makes the next one", async () => {
  api.fail("POST /apis/argoproj.io", 403, "workflows is forbidden: no right");
  await putAndWait();
  await eventually("it is told", () => events().length === 1 && condition() !== undefined);
  expect(events()).toMatchObject([
    { reason: "SubmissionError", message: "Failed to submit Workflow: workflows is forbidden: no right" },
  ]);
  expect(condition()).toMatchObject({ type: "SubmissionError", status: "True" });
  expect(stored().status?.failed).toBe(1);
  minute();
  await eventually("the next one", () => stored().status?.active?.length === 1);
  expect(condition()).toBeUndefined();
  expect(made()).toHaveLength(1);
});

test("tries a Workflow again that a full quota or a busy server keeps out, and tells of the quota", async () => {
  api.fail("POST /apis/argoproj.io", 403, "exceeded quota: objects");
  api.fail("POST /apis/argoproj.io", 503, "busy");
  now = Date.parse("2026-01-01T00:00:00Z");
  await putAndWait();
  await eventually("it is made", () => stored().status?.active?.length === 1);
  expect(api.failures).toEqual([]);
  expect(events()).toMatchObject([{ message: "Failed to submit Workflow: exceeded quota: objects" }]);
  expect(stored().status?.failed).toBe(0);
});

test("takes a Workflow that is there already for the time's own", async () => {
  const create = api.create.bind(api);
  // As if an engine had made it that ended before it could say so.
  api.create = async (path: string, body: unknown) => {
    const result = await create(path, body);
    api.create = create;
    if (path === paths.workflows(NS)) await create(path, body);
    return result as never;
  };
  await putAndWait();
  await eventually("it is taken", () => stored().status?.active?.length === 1);
  expect(made()).toHaveLength(1);
  expect(events()).toEqual([]);
});

test("decides again where somebody else has changed it meanwhile, and makes no second Workflow", async () => {
  api.fail(`PATCH ${CRONS}`, 409, "the object has been modified");
  await putAndWait();
  await eventually("it is written", () => stored().status?.active?.length === 1);
  expect(made()).toHaveLength(1);
});

test("says by the event alone what is wrong where it may write no status, and goes on", async () => {
  for (let i = 0; i < 2; i++) api.fail(`PATCH ${CRONS}`, 403, "forbidden");
  put({ schedules: ["nonsense"] });
  await eventually("it is told", () => events().length === 1);
  expect(events()[0]?.message).toContain("spec.schedules[0]: 'nonsense' must have five fields");
  expect(stored().status).toBeUndefined();
});

test("tells once of what is wrong, and takes it back when the template is there", async () => {
  put({ workflowSpec: { workflowTemplateRef: { name: "t" } } });
  await eventually("it is told", () => condition()?.type === "SpecError");
  put(
    { workflowSpec: { workflowTemplateRef: { name: "t" } }, successfulJobsHistoryLimit: 2 },
    { status: stored().status },
  );
  api.put(paths.workflowTemplates(NS), { metadata: { name: "t", namespace: NS }, spec: single });
  await eventually("it is taken back", () => condition() === undefined);
  minute();
  await eventually("one is made", () => made().length === 1);
  expect(events()).toHaveLength(1);
});

test("waits with a template that may not be known yet where the CronWorkflow has just been made", async () => {
  put({ workflowSpec: { workflowTemplateRef: { name: "t" } } }, { creationTimestamp: new Date(now).toISOString() });
  await seen();
  api.put(paths.workflowTemplates(NS), { metadata: { name: "t", namespace: NS }, spec: single });
  await seen();
  minute();
  await eventually("one is made", () => made().length > 0);
  expect(events()).toEqual([]);
});

test("goes on after a restart", async () => {
  await putAndWait();
  await eventually("the first", () => stored().status?.active?.length === 1);
  await stopEngine();
  await startEngine();
  await seen();
  minute();
  await eventually("the next", () => made().length === 2);
  expect(stored().status?.active).toHaveLength(2);
});

test("forgets one that is deleted", async () => {
  await putAndWait();
  await eventually("the first", () => made().length === 1);
  api.remove(`${CRONS}/tick`);
  await seen();
  minute();
  await seen();
  expect(made()).toHaveLength(1);
});

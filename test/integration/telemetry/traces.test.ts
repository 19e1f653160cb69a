// What the operator sends to Jaeger when a workload has ended: found there as one trace, also after Jaeger was started again.
import { workloadTrace } from "@agentic/api/trace.ts";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { createSpanSender } from "../../../operator/trace/sender.ts";
import { observed, run, START, TENANT, timeAt, workload } from "../../unit/operator/observed.ts";
import { startJaeger, type TestJaeger } from "./jaeger.ts";

let jaeger: TestJaeger;

beforeAll(async () => {
  jaeger = await startJaeger();
}, 1_200_000);
afterAll(async () => await jaeger?.remove());

const log = pino({ level: "silent" });

/** The end of a workload with one step. */
function ending() {
  const subject = workload();
  const step = { displayName: "scrape", phase: "Succeeded", startedAt: timeAt(5), finishedAt: timeAt(35) };
  const runs = [run(subject, [step], { phase: "Succeeded", finishedAt: timeAt(40) })];
  const { status } = decide(observed({ workload: subject, runs, now: START + 41_000 }));
  return { workload: subject, status, runs, tenant: TENANT };
}

const { traceId } = workloadTrace(workload(), 100);
const names = async () => (await jaeger.trace(traceId)).map(({ operationName }) => operationName).sort();
const all = ["engine", "engine", "invoke_workflow visual-analysis-template", "run 0", "step scrape", "wait for start"];

test("finds a workload's spans in Jaeger, under one root", async () => {
  const count = vi.fn();
  const sender = createSpanSender({ url: jaeger.otlpUrl, caFile: undefined, log, count });
  sender.observe(ending());
  await expect.poll(names, { timeout: 20_000 }).toEqual(all);
  await sender.close();
  expect(count.mock.calls).toEqual([["sent", all.length]]);
  const spans = await jaeger.trace(traceId);
  const roots = spans.filter(({ references }) => references.length === 0);
  expect(roots.map(({ operationName, duration }) => [operationName, duration])).toEqual([
    ["invoke_workflow visual-analysis-template", 41_000_000],
  ]);
});

test("finds them there after Jaeger was started again", async () => {
  await jaeger.stop();
  await jaeger.start();
  await expect.poll(names, { timeout: 20_000 }).toEqual(all);
});

test("drops them once their time is over", async () => {
  await jaeger.stop();
  await jaeger.start("3s");
  const count = vi.fn();
  const sender = createSpanSender({ url: jaeger.otlpUrl, caFile: undefined, log, count });
  const later = ending();
  const subject = {
    ...later.workload,
    metadata: { ...later.workload.metadata, uid: "00000000-0000-4000-8000-000000000007" },
  };
  const other = workloadTrace(subject, 100).traceId;
  sender.observe({ ...later, workload: subject });
  const spans = async () => (await jaeger.trace(other)).length;
  await expect.poll(spans, { timeout: 20_000, interval: 100 }).toBe(all.length);
  await expect.poll(spans, { timeout: 20_000 }).toBe(0);
  await sender.close();
  // What was written for a day is still there.
  expect(await names()).toEqual(all);
});

test("loses spans, and nothing else, while Jaeger is away", async () => {
  await jaeger.stop();
  const count = vi.fn();
  const sender = createSpanSender({ url: jaeger.otlpUrl, caFile: undefined, log, count });
  const before = performance.now();
  sender.observe(ending());
  expect(performance.now() - before).toBeLessThan(500);
  await expect.poll(() => count.mock.calls, { timeout: 20_000 }).toEqual([["lost", all.length]]);
  await sender.close();
});

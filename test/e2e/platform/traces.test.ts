// The trace of a workload on the running platform: from its event on, everything that it did and waited for, under one root, also after Jaeger's end.
import { workloadTrace } from "@agentic/api/trace.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import type { JaegerSpan } from "../../integration/telemetry/jaeger.ts";
import { answerOf, space, tracesPort } from "./loopback.ts";
import { namespace, onePage, platform, untilEnded } from "./platform.ts";
import { openWebhook, type Webhook } from "./webhook.ts";

const until = { timeout: 120_000, interval: 2000 };
/** The spans that Jaeger has of a workload; none until it has some. */
async function traceOf(name: string): Promise<JaegerSpan[]> {
  const object = await get<KubeObject>(platform, "agentworkload", name, namespace);
  const { uid = "", annotations = {} } = object?.metadata ?? {};
  const { traceId } = workloadTrace({ metadata: { uid, annotations } }, 100);
  const answer = await answerOf("jaeger", tracesPort, `/api/traces/${traceId}`).catch(() => "{}");
  return JSON.parse(answer).data?.[0]?.spans ?? [];
}

/** Seconds of the longest time in which no span says what the workload does or waits for. */
function longestGap(spans: readonly JaegerSpan[]): number {
  const [root] = spans.filter(({ operationName }) => operationName.startsWith("invoke_workflow"));
  if (!root) return Number.POSITIVE_INFINITY;
  const parts = spans.filter(({ operationName }) => !/^(invoke_workflow|invoke_agent|run|step) /.test(operationName));
  const end = root.startTime + root.duration;
  let covered = root.startTime;
  let longest = 0;
  for (const { startTime, duration } of [...parts].sort((a, b) => a.startTime - b.startTime)) {
    longest = Math.max(longest, Math.min(startTime, end) - covered);
    covered = Math.max(covered, startTime + duration);
  }
  return Math.max(longest, end - covered) / 1e6;
}

const named = (spans: readonly JaegerSpan[], name: string) =>
  spans.filter(({ operationName }) => operationName === name);

/** Has an event make the workload; returns what has taken it. */
async function startByEvent(name: string): Promise<Webhook["engine"]> {
  await kubectl(platform, ["delete", "agentworkload", name, "-n", namespace, "--ignore-not-found", "--wait"]);
  await using webhook = await openWebhook();
  const body = JSON.stringify({ name, objective: "Compare the products", ...onePage });
  const headers = { ...webhook.authentication(body), "content-type": "application/json" };
  const { status } = await fetch(`${webhook.url}/demo/workload`, { method: "POST", headers, body });
  expect(status).toBe(200);
  return webhook.engine;
}

beforeAll(async () => {
  await kubectl(platform, ["wait", "-n", space, "--for=condition=Ready", "pod/jaeger-0", "--timeout=180s"]);
}, 200_000);

describe("a workload's trace", () => {
  test("has its steps and model calls under one root, with no second unexplained", async () => {
    const engine = await startByEvent("traced");
    expect((await untilEnded("traced")).status?.phase).toBe("Completed");
    await expect.poll(async () => named(await traceOf("traced"), "step synthesis").length, until).toBe(1);
    const spans = await traceOf("traced");
    const ids = new Set(spans.map(({ spanID }) => spanID));
    const roots = spans.filter(({ references }) => !references.some(({ spanID }) => ids.has(spanID)));
    // Argo Events sends no spans.
    const root = engine === "builtin" ? "POST /{tenant}/workload" : "invoke_workflow visual-analysis-template";
    expect(roots.map(({ operationName }) => operationName)).toEqual([root]);
    expect(named(spans, "invoke_workflow visual-analysis-template")).toHaveLength(1);
    for (const step of ["scrape", "screenshot", "dom", "analysis", "synthesis"])
      expect([named(spans, `step ${step}`).length, named(spans, `invoke_agent ${step}`).length], step).toEqual([1, 1]);
    // A judgement, a look at the picture, and the overview.
    expect(named(spans, "chat default")).toHaveLength(3);
    expect(named(spans, "wait for approval")).toHaveLength(1);
    for (const call of ["browser: draw", "object store: put", "postgres: "])
      expect(spans.filter(({ operationName }) => operationName.startsWith(call)).length, call).toBeGreaterThan(0);
    expect(longestGap(spans)).toBeLessThanOrEqual(1);
  }, 400_000);

  test("is there after Jaeger's pod has gone", async () => {
    const { length } = await traceOf("traced");
    expect(length).toBeGreaterThan(0);
    await kubectl(platform, ["delete", "pod", "-n", space, "jaeger-0", "--wait"]);
    await expect.poll(async () => (await traceOf("traced")).length, until).toBe(length);
  }, 400_000);
});

// The span of an event: what its workload's trace begins with, whose trace that is, and which events have none.
import { parseTraceparent, traceparentOf } from "@agentic/api/trace.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PastSpan } from "../../../tracing/spans.ts";
import { creates, startWebhook, type TestWebhook, workloadEvent } from "./test-webhook.ts";

const spans: PastSpan[] = [];
const tracing = { percent: 100, send: (batch: readonly PastSpan[]) => void spans.push(...batch) };
let webhook: TestWebhook;

beforeAll(async () => {
  webhook = await startWebhook({ tracing });
});
afterAll(() => webhook.close());
beforeEach(() => {
  webhook.reset();
  spans.length = 0;
  tracing.percent = 100;
});

const sender = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const post = (headers = {}, event: object = workloadEvent) => webhook.post("/demo/workload", event, headers);
/** The context that the created workload is a part of. */
const contextOf = () => parseTraceparent(webhook.created[0]?.metadata.annotations?.["agentic.io/traceparent"]);

describe("the span of an event", () => {
  it("is what its workload is a part of, in a trace of its own", async () => {
    const before = Date.now();
    expect((await post({}, { ...workloadEvent, jobId: "prices" })).status).toBe(200);
    expect(spans).toHaveLength(1);
    const [span] = spans;
    expect(span).toMatchObject({
      name: "POST /{tenant}/workload",
      isServer: true,
      parentId: undefined,
      attributes: {
        "http.response.status_code": 200,
        "agentic.tenant": "tenant-demo",
        "agentic.workload": "kettles",
        "agentic.job.id": "prices",
        "agentic.template": "visual-analysis-template",
        "agentic.attempt": 0,
      },
    });
    expect(contextOf()).toEqual({ traceId: span?.traceId, spanId: span?.spanId, isSampled: false });
    expect(span?.start).toBeGreaterThanOrEqual(before);
    expect(span?.end).toBeGreaterThanOrEqual(span?.start ?? Number.POSITIVE_INFINITY);
    expect(JSON.stringify(spans)).not.toContain(workloadEvent.objective);
  });

  it("is a part of the sender's trace, which decides that it is kept", async () => {
    tracing.percent = 0;
    await post({ traceparent: traceparentOf({ ...sender, isSampled: true }) });
    expect(spans).toMatchObject([{ traceId: sender.traceId, parentId: sender.spanId }]);
    expect(contextOf()).toEqual({ traceId: sender.traceId, spanId: spans[0]?.spanId, isSampled: true });
  });

  it("is not sent where its workload isn't sampled", async () => {
    tracing.percent = 0;
    expect((await post({ traceparent: traceparentOf({ ...sender, isSampled: false }) })).status).toBe(200);
    expect(contextOf()).toMatchObject({ traceId: sender.traceId, isSampled: false });
    expect(spans).toEqual([]);
  });

  it("is always sent where the event could not be delivered", async () => {
    tracing.percent = 0;
    webhook.reply = () => ({ status: 500, body: { message: "etcd is away" } });
    expect((await post()).status).toBe(503);
    expect(spans).toMatchObject([{ error: "503", attributes: { "http.response.status_code": 503 } }]);
  });

  it("is none for who is refused, and for an event that has its workload", async () => {
    expect((await post({ "webhook-signature": "v1,x" })).status).toBe(401);
    expect((await post({}, { objective: 1 })).status).toBe(400);
    webhook.reply = () => ({ status: 409, body: { reason: "AlreadyExists" } });
    expect((await post()).status).toBe(200);
    webhook.reply = creates;
    expect(spans).toEqual([]);
  });
});

// The receiver's answers, over real HTTP.
import { createConnection } from "node:net";
import { DEFAULT_OBJECTIVE } from "@agentic/api/webhook.ts";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { signed } from "../../../examples/events/send.ts";
import {
  documentEvent,
  limit,
  SUBMITTER,
  startWebhook,
  type TestWebhook,
  tokens,
  workloadEvent,
} from "./test-webhook.ts";

let webhook: TestWebhook;

beforeAll(async () => {
  webhook = await startWebhook();
});

afterAll(() => webhook.close());

beforeEach(() => webhook.reset());

describe("an event that is accepted", () => {
  it("makes an AgentWorkload of a document in its tenant's namespace, named after the delivery", async () => {
    const text = JSON.stringify(documentEvent);
    const answer = await webhook.post("/demo/document", text, signed(text, tokens.demo, { id: "msg_2KWP" }));
    expect(answer).toEqual({
      status: 200,
      body: { accepted: true, namespace: "tenant-demo", name: "document-msg-2kwp" },
    });
    expect(webhook.created).toEqual([
      {
        apiVersion: "agentic.io/v1alpha1",
        kind: "AgentWorkload",
        metadata: {
          namespace: "tenant-demo",
          name: "document-msg-2kwp",
          labels: { "agentic.io/event": "document" },
          annotations: { "agentic.io/submitted-by": SUBMITTER },
        },
        spec: { objective: DEFAULT_OBJECTIVE, targetUrls: [documentEvent.url] },
      },
    ]);
  });

  it("takes several documents, an objective and a job id", async () => {
    const urls = [documentEvent.url, "https://example.com/"];
    await webhook.post("/demo/document", { tenant: "demo", urls, objective: "What does it cost?", jobId: "Order_17" });
    expect(webhook.created[0]).toMatchObject({
      metadata: { name: "order-17" },
      spec: { jobId: "Order_17", objective: "What does it cost?", targetUrls: urls },
    });
  });

  it("passes a workload's fields on as its spec, without tenant and name", async () => {
    await webhook.post("/demo/workload", workloadEvent);
    const { tenant, name, ...spec } = workloadEvent;
    expect(webhook.created[0]).toMatchObject({ metadata: { namespace: `tenant-${tenant}`, name } });
    expect(webhook.created[0]?.spec).toEqual(spec);
  });

  it("says of a name that is there already that nothing was changed", async () => {
    webhook.reply = () => ({ status: 409, body: { reason: "AlreadyExists", message: "…" } });
    expect(await webhook.post("/demo/workload", workloadEvent)).toEqual({
      status: 200,
      body: { accepted: true, duplicate: true, namespace: "tenant-demo", name: "kettles" },
    });
  });
});

describe("a request that is refused", () => {
  it("for another path, with 404 and the paths that there are", async () => {
    expect(await webhook.post("/workloads", workloadEvent)).toMatchObject({
      status: 404,
      body: { error: "this path does not exist: use /<tenant>/document and /<tenant>/workload" },
    });
  });

  it("for a method other than POST, with 405", async () => {
    const response = await fetch(`${webhook.url}/demo/document`);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("for a form, which curl sends unless it is told otherwise, with 415", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect(await webhook.post("/demo/document", documentEvent, headers)).toMatchObject({ status: 415 });
  });

  it.each([
    ["/demo/document", { ...documentEvent, tenant: "../kube-system" }, "tenant must match pattern"],
    ["/demo/document", { ...documentEvent, tenant: 7 }, "tenant must be string"],
    ["/demo/document", { tenant: "demo" }, "give either url or urls"],
    ["/demo/document", { ...documentEvent, urls: [documentEvent.url] }, "give either url or urls"],
    ["/demo/document", { ...documentEvent, url: "file:///etc/passwd" }, "url must match pattern"],
    ["/demo/document", { ...documentEvent, serviceAccountName: "x" }, "unknown fields: serviceAccountName"],
    ["/demo/workload", { ...workloadEvent, name: "No Name" }, "name must match pattern"],
    ["/demo/workload", { ...workloadEvent, targetUrls: [] }, "targetUrls"],
    ["/demo/workload", { ...workloadEvent, objective: undefined }, "objective"],
    ["/demo/workload", [workloadEvent], "the body must be a JSON object"],
    ["/demo/workload", "{", "the body is not valid JSON in UTF-8"],
    ["/demo/workload", "", "the body is not valid JSON in UTF-8"],
    ["/demo/workload", new Uint8Array([0x7b, 0xff, 0x7d]), "the body is not valid JSON in UTF-8"],
  ])("%s for %j, with 400 that says what is wrong", async (path, body, message) => {
    const answer = await webhook.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(message);
    expect(webhook.created).toEqual([]);
  });

  it("for another tenant than its path's and token's, with 403", async () => {
    const { status, body } = await webhook.post("/demo/document", { ...documentEvent, tenant: "other" });
    expect([status, body.error]).toEqual([403, "tenant is 'other', but this path and its token are of tenant 'demo'"]);
    expect(webhook.created).toEqual([]);
  });

  it("with a sentence of its own length, however much it could repeat", async () => {
    const { status, body } = await webhook.post("/demo/document", { ...documentEvent, ["x".repeat(2000)]: 1 });
    expect([status, body.error?.length]).toEqual([400, 1001]);
  });

  it("for a body that its head says is too large, with 413, and the connection survives the rest of it", async () => {
    expect(await webhook.post("/demo/workload", "x".repeat(limit + 1))).toMatchObject({ status: 413 });
  });

  it("for a body that turns out too large, with 413", async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 3; i++) controller.enqueue(new TextEncoder().encode("x".repeat(limit / 2)));
        controller.close();
      },
    });
    const response = await fetch(`${webhook.url}/demo/document`, {
      method: "POST",
      headers: signed("", tokens.demo),
      body: chunks,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
    expect(webhook.created).toEqual([]);
  });

  it("by cutting off who goes on sending after the answer", async () => {
    const socket = createConnection(Number(new URL(webhook.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /plain/document HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n");
    const timer = setInterval(() => socket.write("x".repeat(1000)), 50);
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    const answer = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString())));
    expect(answer).toMatch(/^HTTP\/1.1 401 /);
    await closed;
    clearInterval(timer);
  });

  it.each([
    [422, "AgentWorkload is invalid: spec.targetUrls: …", 400, "spec.targetUrls"],
    [400, 'unknown field "spec.tenants"', 400, "spec.tenants"],
    [403, 'agentworkloads is forbidden: User "x" cannot create resource', 403, "namespace tenant-demo takes no events"],
    [403, "exceeded quota: too many", 403, "exceeded quota"],
    [404, 'namespaces "tenant-demo" not found', 403, "not found"],
    [429, "too many requests", 429, "try again later"],
    [500, "etcd is away", 503, "try again"],
  ])("by the API server with %d, as %s", async (status, message, answered, reason) => {
    webhook.reply = () => ({ status, body: { message } });
    const answer = await webhook.post("/demo/workload", workloadEvent);
    expect(answer.status).toBe(answered);
    expect(answer.body.error).toContain(reason);
  });

  it("where the API server can't be reached, with 503 and nothing of why", async () => {
    webhook.reply = () => Promise.reject(new Error("connect ECONNREFUSED 10.96.0.1:443"));
    const answer = await webhook.post("/demo/workload", workloadEvent);
    expect(answer.status).toBe(503);
    expect(answer.body.error).not.toContain("10.96");
  });
});

it("takes so many connections at a time that the bodies fit its memory, and closes more", async () => {
  const port = Number(new URL(webhook.url).port);
  const sockets = Array.from({ length: 300 }, () => createConnection(port, "127.0.0.1").on("error", () => {}));
  const closed = () => sockets.filter((socket) => socket.closed).length;
  try {
    await vi.waitFor(() => expect(closed()).toBeGreaterThanOrEqual(300 - 256));
    expect(closed()).toBeLessThan(100);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

it("answers its health to anybody", async () => {
  expect(await (await fetch(`${webhook.url}/health`)).json()).toEqual({ status: "ok" });
});

it("counts by kind and status, and no label follows a caller's whim", async () => {
  await webhook.post("/demo/workload", workloadEvent);
  await webhook.post("/%2e%2e/nothing", {});
  const text = await webhook.metrics.registry.metrics();
  expect(text).toMatch(/agentic_events_total\{kind="workload",status="200"\} [1-9]/);
  expect(text).toMatch(/agentic_events_total\{kind="none",status="404"\} [1-9]/);
  expect(text).not.toContain("nothing");
});

describe("whatever the body is", () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const nearly = fc.record(
    {
      tenant: fc.oneof(fc.constantFrom("demo", "other", "-", "a".repeat(64), ""), json),
      name: fc.oneof(fc.stringMatching(/^[a-z0-9-]{1,70}$/), json),
      jobId: fc.oneof(fc.stringMatching(/^[a-zA-Z0-9_-]{1,63}$/), json),
      objective: fc.oneof(fc.string(), json),
      url: fc.oneof(fc.webUrl(), json),
      urls: fc.oneof(fc.array(fc.webUrl(), { maxLength: 3 }), json),
      targetUrls: fc.oneof(fc.array(fc.webUrl(), { maxLength: 3 }), json),
      metadata: json,
      namespace: json,
    },
    { requiredKeys: [] },
  );
  const bodies = fc.oneof(
    nearly.map((value) => JSON.stringify(value)),
    json.map((value) => JSON.stringify(value)),
    fc.string(),
    fc.uint8Array({ maxLength: 200 }),
  );

  it("it is refused, or makes one workload in a tenant's namespace that carries nothing but its spec and who makes it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("/demo/document", "/demo/workload"), bodies, async (path, body) => {
        webhook.created.length = 0;
        const { status } = await webhook.post(path, body);
        expect([200, 400, 403, 413]).toContain(status);
        expect(webhook.created).toHaveLength(status === 200 ? 1 : 0);
        for (const workload of webhook.created) {
          expect(Object.keys(workload).sort()).toEqual(["apiVersion", "kind", "metadata", "spec"]);
          expect(workload.metadata.namespace).toBe("tenant-demo");
          expect(workload.metadata.name ?? workload.metadata.generateName).toMatch(/^[a-z0-9-]{1,63}$/);
          expect(workload.metadata.annotations).toEqual({ "agentic.io/submitted-by": SUBMITTER });
          if (path === "/demo/document")
            expect(["jobId", "objective", "targetUrls"]).toEqual(expect.arrayContaining(Object.keys(workload.spec)));
        }
      }),
      { numRuns: 150 },
    );
  });
});

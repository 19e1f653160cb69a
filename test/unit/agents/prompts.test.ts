// What a chat's span has of prompts and answers, as the collector gets it: nothing, unless the tenant asks, and then redacted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "typebox";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readSettings } from "../../../agents/core/config.ts";
import type { Context } from "../../../agents/core/context.ts";
import { gatewayModel } from "../../../agents/core/llm.ts";
import { createLog } from "../../../agents/core/log.ts";
import { Meter } from "../../../agents/core/meter.ts";
import { startRecording } from "../../../tracing/tracer.ts";
import { listen, type Running, writeSecrets } from "../../integration/agents/services.ts";
import { agentEnvironment } from "./environment.ts";

const dir = mkdtempSync(join(tmpdir(), "prompts-"));
let gateway: Running;
let collector: Running;
let received: string[] = [];

beforeAll(async () => {
  writeSecrets(dir, { litellm: { "api-key": "sk-tenant-key" } });
  gateway = await listen((_, response) => {
    const message = { role: "assistant", content: '{"seller":"ann@acme.example"}' };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ id: "x", choices: [{ index: 0, finish_reason: "stop", message }] }));
  });
  collector = await listen((request, response) => {
    let body = "";
    request.on("data", (data) => {
      body += data;
    });
    request.on("end", () => {
      received.push(body);
      response.end("{}");
    });
  });
});
afterAll(async () => {
  await Promise.all([gateway.stop(), collector.stop()]);
  rmSync(dir, { recursive: true });
});
beforeEach(() => {
  received = [];
});

/** The attributes of the span of one question, as the collector has got them. */
async function asked(prompts: string): Promise<Record<string, string>> {
  const settings = readSettings("analysis", {
    ...agentEnvironment,
    LITELLM_URL: gateway.url,
    SECRETS_DIR: dir,
    TRACEPARENT: `00-${"a".repeat(32)}-b7ad6b7169203331-01`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: prompts,
  });
  const recorder = startRecording({
    name: "agents",
    url: collector.url,
    timeoutMs: 5000,
    isSampled: true,
    attributes: {},
  });
  const model = gatewayModel({
    settings,
    store: { put: async () => {} },
    log: createLog(settings, () => {}),
    meter: new Meter(),
    signal: new AbortController().signal,
    onRetry: () => {},
  } as unknown as Context);
  await model.ask({
    what: "page 0",
    name: "seller",
    schema: Type.Object({ seller: Type.String() }),
    prompt: { system: "Say who sells.", user: "Ask bob@acme.example about sk-tenant-key." },
    images: [Buffer.from("picture")],
  });
  await recorder.end({ hasFailed: false });
  const [{ resourceSpans }] = received.map((body) => JSON.parse(body)) as [OtlpBody];
  const span = resourceSpans[0]?.scopeSpans[0]?.spans.find(({ name }) => name === "chat default");
  return Object.fromEntries((span?.attributes ?? []).map(({ key, value }) => [key, value.stringValue ?? ""]));
}

interface OtlpBody {
  resourceSpans: {
    scopeSpans: { spans: { name: string; attributes: { key: string; value: { stringValue?: string } }[] }[] }[];
  }[];
}

describe("the span of a question", () => {
  test.each(["", "false"])("has nothing of what is asked and answered by default ('%s')", async (prompts) => {
    const attributes = await asked(prompts);
    expect(attributes["gen_ai.operation.name"]).toBe("chat");
    expect(received.join()).not.toMatch(/sells|acme|picture|messages|instructions/);
  });

  test("has it redacted, without pictures, where the tenant asks", async () => {
    const attributes = await asked("true");
    const parsed = (name: string) => JSON.parse(attributes[name] ?? "null");
    expect(parsed("gen_ai.system_instructions")[0].content).toContain("Say who sells.");
    expect(parsed("gen_ai.input.messages")).toEqual([
      {
        role: "user",
        parts: [{ type: "text", content: "Ask (hidden) about (hidden)." }, { type: "image_url" }],
      },
    ]);
    expect(parsed("gen_ai.output.messages")).toEqual([
      { role: "assistant", parts: [{ type: "text", content: '{"seller":"(hidden)"}' }], finish_reason: "stop" },
    ]);
    expect(received.join()).not.toMatch(/acme\.example|sk-tenant-key|cGljdHVyZQ/);
  });
});

// What reaches the model gateway can be read by the strictest of providers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Context } from "../../../agents/core/context.ts";
import { gatewayModel } from "../../../agents/core/llm.ts";
import { createLog } from "../../../agents/core/log.ts";
import { listen, type Running, writeSecrets } from "../../integration/agents/services.ts";

let gateway: Running;
let asked: string[] = [];
let answers: string[] = [];
const dir = mkdtempSync(join(tmpdir(), "gateway-"));

beforeAll(async () => {
  gateway = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push(Buffer.concat(chunks).toString());
      const message = { role: "assistant", content: answers.shift() ?? "{}" };
      const choices = [{ index: 0, finish_reason: "stop", message }];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: "x", object: "chat.completion", created: 1, model: "m", choices }));
    });
  });
  writeSecrets(dir, { litellm: { "api-key": "sk-tenant" } });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(dir, { recursive: true });
});

test("half characters and controls are mended before a question is sent, in the second one, too", async () => {
  const log = createLog({ jobId: "j", step: "analysis" }, { write: () => {} });
  const settings = { litellmUrl: gateway.url, model: "m", secretsDir: dir } as Context["settings"];
  const context = { settings, log, signal: new AbortController().signal, onRetry: () => {} } as unknown as Context;
  asked = [];
  answers = ["no JSON \uD83D\0", '{"a":"b"}'];
  const half = "\uD83D\0 and \uDE80";
  const question = { what: "x", name: "x", schema: Type.Object({ a: Type.String() }), images: [new Uint8Array(3)] };
  expect(await gatewayModel(context).ask({ ...question, system: `s ${half}`, user: `u ${half}` })).toEqual({ a: "b" });
  expect(asked).toHaveLength(2);
  for (const body of asked) {
    expect(body).not.toMatch(/\\ud[89a-f]/i);
    expect(body).not.toContain("\\u0000");
    expect(body).toContain("u \uFFFD and \uFFFD");
  }
});

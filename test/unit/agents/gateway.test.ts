// What reaches the model gateway can be read by the strictest of providers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Type } from "typebox";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Context } from "../../../agents/core/context.ts";
import { exitCodeOf } from "../../../agents/core/errors.ts";
import { digestOfQuestion, type Exchange } from "../../../agents/core/exchange.ts";
import { gatewayModel } from "../../../agents/core/llm.ts";
import { createLog } from "../../../agents/core/log.ts";
import { Meter } from "../../../agents/core/meter.ts";
import { listen, type Running, writeSecrets } from "../../integration/agents/services.ts";
import { nonEmpty } from "../../non-empty.ts";

let gateway: Running;
let requests: string[] = [];
let answers: unknown[] = [];
const dir = mkdtempSync(join(tmpdir(), "gateway-"));

beforeAll(async () => {
  gateway = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push(Buffer.concat(chunks).toString());
      claims.push(request.headers["x-agentic-claim"]);
      if (refusal) {
        response.writeHead(refusal.status, { "content-type": "application/json" });
        return response.end(JSON.stringify({ error: { message: refusal.message, type: "None", code: "x" } }));
      }
      const answer = answers.shift() ?? "{}";
      const message = { role: "assistant", content: answer };
      const body = typeof answer === "string" ? { choices: [{ index: 0, finish_reason: "stop", message }] } : answer;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id: "x", object: "chat.completion", created: 1, model: "m", ...(body as object) }));
    });
  });
  writeSecrets(dir, { litellm: { "api-key": "sk-tenant" } });
});
afterAll(async () => {
  await gateway.stop();
  rmSync(dir, { recursive: true });
});

let claims: unknown[] = [];
let refusal: { status: number; message: string } | undefined;
beforeEach(() => {
  refusal = undefined;
  claims = [];
  requests = [];
  answers = [];
});

/** What the model's client has kept in the store, by key. */
const kept = new Map<string, string>();

function model(more: Partial<Context["settings"]> = {}) {
  const settings = { litellmUrl: gateway.url, model: "m", secretsDir: dir, run: "r1", ...more } as Context["settings"];
  const log = createLog(settings, () => {});
  return gatewayModel({
    settings,
    store: { put: async (key: string, body: string) => void kept.set(key, body) },
    log,
    meter: new Meter(),
    signal: new AbortController().signal,
    onRetry: () => {},
  } as unknown as Context);
}

const plainQuestion = {
  what: "x",
  name: "x",
  schema: Type.Object({ a: Type.String() }),
  prompt: { system: "s", user: "u" },
};

test("calls say whose they are by the operator's claim, where there is one", async () => {
  answers = ['{"a":"b"}', '{"a":"b"}'];
  await model().ask(plainQuestion);
  await model({ budgetClaim: "signed" }).ask(plainQuestion);
  expect(claims).toEqual([undefined, "signed"]);
});

test("a call that no budget has room for ends the step for good, with the gateway's reason as its last words", async () => {
  refusal = { status: 402, message: "litellm: budget exhausted: tenant demo in 2026-11 may spend 7 (calls)" };
  const failing = model().ask(plainQuestion);
  await expect(failing).rejects.toThrow(/^budget exhausted: tenant demo in 2026-11 may spend 7/);
  expect(exitCodeOf(await failing.catch((error: unknown) => error))).toBe(1);
  expect(requests).toHaveLength(1);
});

test("a claim that the gateway doesn't take is a matter of credentials, which another pod may have", async () => {
  refusal = { status: 403, message: "the header x-agentic-claim has no claim that the operator has signed" };
  const error = await model()
    .ask(plainQuestion)
    .catch((error: unknown) => error);
  expect(String(error)).toContain("refused the step");
  expect(exitCodeOf(error)).toBe(75);
});

test.each([
  ["nothing", ""],
  ["a refusal", { choices: [{ finish_reason: "stop", message: { content: null, refusal: "I can't." } }] }],
  ["no choices", { choices: [] }],
])("after %s, the question is asked again without an empty message", async (_, first) => {
  answers = [first, '{"a":"b"}'];
  expect(await model().ask(plainQuestion)).toEqual({ a: "b" });
  const [, second = ""] = requests;
  const { messages } = JSON.parse(second) as { messages: { role: string; content: string }[] };
  expect(messages.map(({ role }) => role)).toEqual(["system", "user"]);
  expect(messages[0]?.content).toContain("An earlier answer can't be used: ");
});

test("after a second answer of no use, its cause is told", async () => {
  const refusal = { choices: [{ finish_reason: "stop", message: { content: null, refusal: "I can't." } }] };
  answers = ["", refusal];
  await expect(model().ask(plainQuestion)).rejects.toThrow(
    'model "m" gave no usable answer about x: the model refused: I can\'t.',
  );
  expect(requests).toHaveLength(2);
});

test("an error in an answer of status 200 is tried again", async () => {
  answers = [{ error: { message: "upstream is overloaded", code: 502 } }, '{"a":"b"}'];
  expect(await model().ask(plainQuestion)).toEqual({ a: "b" });
  expect(new Set(requests).size).toBe(1);
});

test("bounds of the schema are told in words only, and checked in the answer", async () => {
  const schema = Type.Object({
    minimum: Type.Number({ minimum: 0, maximum: 1, multipleOf: 0.5, description: "sure" }),
    list: Type.Array(Type.String({ minLength: 1, pattern: "^a" }), { minItems: 1, maxItems: 2 }),
  });
  answers = ['{"minimum":7,"list":["a"]}', '{"minimum":0.5,"list":["a"]}'];
  expect(await model().ask({ ...plainQuestion, schema })).toEqual({ minimum: 0.5, list: ["a"] });
  const { messages, response_format: format } = JSON.parse(requests[0] ?? "") as {
    messages: { content: string }[];
    response_format: { json_schema: { schema: unknown } };
  };
  expect(format.json_schema.schema).toEqual({
    type: "object",
    required: ["minimum", "list"],
    properties: {
      minimum: { type: "number", description: "sure" },
      list: { type: "array", items: { type: "string" } },
    },
  });
  expect(messages[0]?.content).toContain('"maximum":1');
  expect(requests[1]).toContain("/minimum must be <= 1");
});

test("half characters and controls are mended before a question is sent, in the second one, too", async () => {
  answers = ["no JSON \uD83D\0", '{"a":"b"}'];
  const half = "\uD83D\0 and \uDE80";
  const question = { what: "x", name: "x", schema: Type.Object({ a: Type.String() }), images: [new Uint8Array(3)] };
  expect(await model().ask({ ...question, prompt: { system: `s ${half}`, user: `u ${half}` } })).toEqual({ a: "b" });
  expect(requests).toHaveLength(2);
  for (const body of nonEmpty(requests)) {
    expect(body).not.toMatch(/\\ud[89a-f]/i);
    expect(body).not.toContain("\\u0000");
    expect(body).toContain("u \uFFFD and \uFFFD");
  }
});

test("each answer is kept with the digest of its question, so that the run can be replayed", async () => {
  kept.clear();
  answers = ["not JSON", '{"a":"b"}'];
  await model().ask(plainQuestion);
  const exchanges = [...kept.values()].map((body) => JSON.parse(body) as Exchange);
  expect(exchanges.map(({ question }) => question)).toEqual(
    requests.map((body) => digestOfQuestion(JSON.parse(body) as object)),
  );
  expect([...kept.keys()]).toEqual(exchanges.map(({ question }) => `exchanges/r1/${question}.json`));
  expect(exchanges[1]).toMatchObject({ name: "x", what: "x", ms: expect.any(Number) });
  expect(exchanges[1]?.completion).toMatchObject({ choices: [{ message: { content: '{"a":"b"}' } }] });
});

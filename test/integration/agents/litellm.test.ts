// The offline model and the virtual keys inside the real gateway.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseAnswer } from "../../../agents/core/answer.ts";
import { PageJudgement } from "../../../agents/steps/analysis.ts";
import { type Gateway, offlineSettings, startGateway } from "./model-gateway.ts";

const demo = { name: "demo", key: "sk-demo", models: ["default"], rpm: 1000 };
const keys = [demo, { name: "slow", key: "sk-slow", models: ["default"], rpm: 2 }];
let gateway: Gateway;

beforeAll(async () => {
  gateway = await startGateway(offlineSettings(["other"]), keys);
}, 300_000);
afterAll(() => gateway.stop());

const ask = async (body: object, key = "sk-demo"): Promise<{ status: number; text: string }> => {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "default", temperature: 0, ...body }),
  });
  return { status: response.status, text: await response.text() };
};
const userMessage = (content: unknown) => ({ messages: [{ role: "user", content }] });
const contentOf = (text: string) =>
  (JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]?.message.content ?? "";
const page =
  'Objective: Find the price\n\n<page url="http://x/">\nThe kettle costs 12 EUR. Its price includes delivery.\n</page>';

describe("the gateway", () => {
  test("answers by the schema that is asked for", async () => {
    const schema = JSON.parse(JSON.stringify(PageJudgement)) as object;
    const format = { type: "json_schema", json_schema: { name: "page", strict: true, schema } };
    const { status, text } = await ask({ ...userMessage(page), response_format: format });
    expect(status).toBe(200);
    const parsed = parseAnswer(PageJudgement, contentOf(text));
    expect(parsed).toMatchObject({ ok: true, value: { summary: expect.stringContaining("12 EUR") } });
  });
  test("counts tokens", async () => {
    const { usage } = JSON.parse((await ask(userMessage(page))).text) as { usage: Record<string, number> };
    expect(usage.total_tokens).toBe((usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0));
    expect(usage.prompt_tokens).toBeGreaterThan(10);
  });
  test("streams", async () => {
    const { text } = await ask({ ...userMessage(page), stream: true });
    const pieces = text.split("\n").flatMap((line) => {
      if (!line.startsWith("data: {")) return [];
      const { choices } = JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] };
      return choices[0]?.delta.content ?? [];
    });
    expect(pieces.join("")).toContain("12 EUR");
    expect(text).toContain("[DONE]");
  });
  test("reads pictures and fetches none", async () => {
    const picture = (address: string) =>
      userMessage([
        { type: "text", text: "Read it" },
        { type: "image_url", image_url: { url: address } },
      ]);
    const png = readFileSync("examples/site/content/images/offer.png").toString("base64");
    expect(contentOf((await ask(picture(`data:image/png;base64,${png}`))).text)).toContain("BREW-2741");
    const refusal = await ask(picture("http://127.0.0.1:1/x.png"));
    expect(refusal.status).toBe(400);
    expect(refusal.text).toContain("must be data URIs");
  });
  test("refuses unknown keys, and models that a key may not use", async () => {
    expect((await ask(userMessage(page), "sk-nobody")).status).toBe(401);
    expect((await ask({ ...userMessage(page), model: "other" })).status).toBe(403);
    expect((await ask({ ...userMessage(page), model: "other" }, "sk-master")).status).toBe(200);
  });
  test("slows down a key that asks too often", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask(userMessage(`${page} ${i}`), "sk-slow")).status);
    expect(statuses).toContain(200);
    expect(statuses).toContain(429);
  });
  test("takes both keys of a tenant while they are rotated, and then the new one alone", async () => {
    const next = { ...demo, key: "sk-demo-next" };
    const statuses = async () => [
      (await ask(userMessage(page))).status,
      (await ask(userMessage(page), next.key)).status,
    ];
    gateway.setKeys([...keys, next]);
    expect(await statuses()).toEqual([200, 200]);
    gateway.setKeys([next]);
    expect(await statuses()).toEqual([401, 200]);
  });
});

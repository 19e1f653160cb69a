// A tenant that turns on other tenants through the model gateway that they share: the real LiteLLM with the platform's
// configuration, in front of a provider that says which question it was asked.
import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CLAIM_HEADER, signClaim, stepKey } from "@agentic/api/budget-claim.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewaySettings } from "../../components/data/litellm/litellm.ts";
import { CLAIM_KEY, type Gateway, litellm, startGateway } from "../integration/agents/model-gateway.ts";

const keys = [
  { name: "mallory", key: "sk-mallory", models: ["default", "offline"], rpm: 30 },
  { name: "victim", key: "sk-victim", models: ["default", "offline"], rpm: 600 },
];
let provider: Server;
let gateway: Gateway;
let providerCalls = 0;
let fails = false;

beforeAll(async () => {
  provider = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      // LiteLLM also asks for the provider's models.
      if (!text) return response.writeHead(404).end();
      providerCalls++;
      response.writeHead(fails ? 500 : 200, { "content-type": "application/json" });
      const { messages } = JSON.parse(text) as { messages: { content: string }[] };
      const message = { role: "assistant", content: `${messages[0]?.content}, asked ${providerCalls} times` };
      const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
      const choices = [{ index: 0, finish_reason: "stop", message }];
      response.end(JSON.stringify({ id: "x", object: "chat.completion", created: 1, model: "m", choices, usage }));
    });
  });
  // A connection that the provider ends just as the gateway asks on it again is a 500, which no tenant caused.
  provider.keepAliveTimeout = 600_000;
  await new Promise<void>((done) => provider.listen(0, "127.0.0.1", done));
  const apiBase = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`;
  gateway = await startGateway(gatewaySettings({ model: "openai/m", apiBase, keys, retries: 0 }), keys);
}, 300_000);
afterAll(async () => {
  await gateway?.stop();
  await new Promise((done) => provider.close(done));
});

interface Request {
  key?: string;
  path?: string;
  headers?: Record<string, string>;
}

async function ask(body: object, { key = "sk-mallory", path = "/v1/chat/completions", headers = {} }: Request = {}) {
  const response = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, connection: "close", ...headers },
    body: JSON.stringify({ model: "default", temperature: 0, ...body }),
  });
  const text = await response.text();
  const answer = response.ok ? (JSON.parse(text) as { choices: { message: { content: string } }[] }) : undefined;
  return { status: response.status, text, answer: answer?.choices[0]?.message.content };
}
const userMessage = (content: unknown) => ({ messages: [{ role: "user", content }] });

describe("a step that has its tenant's key for steps", () => {
  const mine = { namespace: "tenant-mallory", uid: "mine" };
  const asStep = async (claim?: string) =>
    await ask(userMessage("Is it paid?"), {
      key: stepKey("sk-mallory"),
      headers: claim === undefined ? {} : { [CLAIM_HEADER]: claim },
    });
  const [body = "", signature = ""] = signClaim(mine, CLAIM_KEY).split(".");
  const encoded = (claim: object) => Buffer.from(JSON.stringify(claim)).toString("base64url");

  test("is answered with the claim of its own workload", async () => {
    expect((await asStep(`${body}.${signature}`)).status).toBe(200);
  });

  test.each([
    ["leaves its claim out, to be on nobody's budget", undefined, "taken only with the header"],
    ["makes a claim of its own", signClaim(mine, "guessed"), "no claim that the operator has signed"],
    ["claims another workload", `${encoded({ ...mine, uid: "another" })}.${signature}`, "no claim that the operator"],
    ["takes the limits out of its claim", `${encoded({ uid: "mine" })}.${signature}`, "no claim that the operator"],
    [
      "uses the claim of another tenant's workload",
      signClaim({ ...mine, namespace: "tenant-victim" }, CLAIM_KEY),
      "is of tenant-mallory",
    ],
    ["sends what is no claim", "..", "no claim that the operator has signed"],
  ])("%s, and is refused", async (_, claim, reason) => {
    const { status, text } = await asStep(claim);
    expect(status).toBe(403);
    expect(text).toContain(reason);
  });

  test("can't make its tenant's key of its own", async () => {
    const { status } = await ask(userMessage("x"), { key: stepKey("sk-mallory").replace("sk-step-", "sk-") });
    expect(status).toBe(401);
  });
});

describe("answers", () => {
  test("are given again to the tenant that asked, and to no other tenant", async () => {
    const first = await ask(userMessage("Who made the kettle?"));
    expect(first.status).toBe(200);
    // The cache is written after the answer is sent.
    await expect.poll(async () => (await ask(userMessage("Who made the kettle?"))).answer).toBe(first.answer);
    const victims = await ask(userMessage("Who made the kettle?"), { key: "sk-victim" });
    expect(victims.status).toBe(200);
    expect(victims.answer).not.toBe(first.answer);
  });

  test.each([
    [
      "sends other messages than the cache's key is made of",
      { extra_body: userMessage("Say that the kettle is free") },
    ],
    ["takes the victim's part of the cache", { cache: { namespace: "victim" } }],
    ["names the cache's key itself", { cache_key: "victim:0" }],
    ["presets the cache's key", { litellm_params: { preset_cache_key: "victim:0" } }],
    ["caches for another group of models", { metadata: { model_group: "offline", redis_namespace: "victim" } }],
    ["does the same by LiteLLM's own metadata", { litellm_metadata: { redis_namespace: "victim" } }],
    ["has the gateway ask its own server", { api_base: "http://127.0.0.1:1", base_url: "http://127.0.0.1:1" }],
    ["brings a key of its own", { api_key: "sk-mine" }],
    ["sends headers of its own to the provider", { extra_headers: { "x-a": "b" } }],
    ["falls back to another model", { fallbacks: ["offline"] }],
    ["brings deployments of its own", { user_config: { model_list: [] } }],
    ["makes the answer up", { mock_response: "The kettle is free" }],
    ["has calls repeated", { num_retries: 100 }],
    ["has calls reported elsewhere", { success_callback: ["langfuse"], langfuse_host: "http://127.0.0.1:1" }],
    ["sends parameters that only some providers know", { top_k: 1 }],
  ])("planting one is refused: %s", async (_, fields) => {
    const { status, text } = await ask({ ...userMessage("Who made the pot?"), ...fields });
    // LiteLLM itself refuses some before it asks whose the key is.
    if (status === 401) expect(text).toMatch(/not allowed in request body/i);
    else {
      expect(status).toBe(400);
      expect(text).toContain(`${Object.keys(fields).sort().join(", ")}: not allowed`);
    }
  });

  test("the fields that are allowed are all part of the cache's key", () => {
    const code = `
import json, sys
sys.path.insert(0, "components/data/litellm")
import tenancy
from litellm.litellm_core_utils.model_param_helper import ModelParamHelper
print(json.dumps(sorted(tenancy.FIELDS - ModelParamHelper.get_all_llm_api_params())))`;
    const env = { ...process.env, LITELLM_LOCAL_MODEL_COST_MAP: "True" };
    const output = execFileSync(join(litellm(), "bin", "python"), ["-B", "-c", code], { env, stdio: "pipe" });
    expect(JSON.parse(output.toString())).toEqual([]);
  });
});

describe("the gateway's own reach", () => {
  test.each([
    ["a picture's address", userMessage([{ type: "image_url", image_url: { url: "http://127.0.0.1:1/x.png" } }])],
    ["a picture's address as text", userMessage([{ type: "image_url", image_url: "https://example.com/x.png" }])],
    ["a file's address", userMessage([{ type: "file", file: { file_id: "https://example.com/x.pdf" } }])],
    ["a tool's server", { ...userMessage("x"), tools: [{ type: "mcp", server_url: "http://127.0.0.1:1" }] }],
  ])("nothing is fetched for a tenant: %s", async (_, body) => {
    const { status, text } = await ask(body);
    expect(status).toBe(400);
    expect(text).toMatch(/must be data URIs|parts of type file are not allowed|only functions/);
  });

  test("functions and pictures that the tenant sends pass", async () => {
    const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];
    expect((await ask({ ...userMessage("Which tool?"), tools })).status).toBe(200);
    const url = "data:image/png;base64,iVBORw0KGgo=";
    const picture = [{ type: "image_url", image_url: { url } }];
    expect((await ask(userMessage(picture))).status).toBe(200);
  });

  test.each([
    "/v1/embeddings",
    "/v1/responses",
    "/v1/messages",
    "/openai/deployments/default/chat/completions",
    "/cache/flushall",
    "/key/generate",
    "/config/update",
    "/v1/files",
  ])("%s is not for tenants' keys", async (path) => {
    const { status, text } = await ask(userMessage("x"), { path });
    expect([401, 403, 404], text).toContain(status);
    if (status === 403) expect(text).toContain("is not for tenants' keys");
  });

  test("headers of LiteLLM are refused", async () => {
    const { status, text } = await ask(userMessage("x"), { headers: { "x-litellm-tags": "victim" } });
    expect(status).toBe(400);
    expect(text).toContain("the header x-litellm-tags is not allowed");
  });
});

describe("one tenant's load", () => {
  test("that goes over its own rate leaves every other tenant its whole rate", async () => {
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => (await ask(userMessage(`Flood ${i}`))).status),
    );
    expect(statuses).toContain(429);
    const victims = await Promise.all(
      Array.from(
        { length: 60 },
        async (_, i) => (await ask(userMessage(`Question ${i}`), { key: "sk-victim" })).status,
      ),
    );
    expect(new Set(victims)).toEqual(new Set([200]));
  });

  test("that makes the provider fail doesn't have the model taken away from others", async () => {
    fails = true;
    await Promise.all(Array.from({ length: 10 }, (_, i) => ask(userMessage(`Failure ${i}`), { key: "sk-victim" })));
    fails = false;
    expect((await ask(userMessage("And now?"), { key: "sk-victim" })).status).toBe(200);
  });

  test("the shared rate is the sum of the tenants', with each call's retries", () => {
    const { model_list } = gatewaySettings({ keys, retries: 2 });
    expect(model_list.map(({ litellm_params }) => litellm_params.rpm)).toEqual([1890, 1890]);
  });

  test("waits for its own turns: who asks once is served among the first", () => {
    const code = `
import asyncio, json, sys
sys.path.insert(0, "components/data/litellm")
from turns import Turns
turns, order = Turns(2), []
async def job(party):
    async with turns.slot(party):
        await asyncio.sleep(0.001)
        order.append(party)
async def main():
    flood = [asyncio.create_task(job("mallory")) for _ in range(100)]
    await asyncio.sleep(0)
    gone = asyncio.create_task(job("gone"))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(job("victim"), *flood)
    await asyncio.gather(*[job("later") for _ in range(3)])
asyncio.run(main())
print(json.dumps(order))`;
    const order = JSON.parse(execFileSync("python3", ["-B", "-c", code]).toString()) as string[];
    expect(order.indexOf("victim")).toBeLessThan(6);
    expect(order.filter((party) => party === "mallory")).toHaveLength(100);
    expect(order.slice(-3)).toEqual(["later", "later", "later"]);
    expect(order).not.toContain("gone");
  });
});

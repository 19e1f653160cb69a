// Budgets at the model gateway: the real LiteLLM and a real Postgres, in front of a provider that takes its time.
import { setTimeout as sleep } from "node:timers/promises";
import { CLAIM_HEADER, type Limits, signClaim, stepKey } from "@agentic/api/budget-claim.ts";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewaySettings } from "../../../components/data/litellm/litellm.ts";
import { MonthBudgetTeller } from "../../../operator/ledger/month-budgets.ts";
import { freePort } from "../ports.ts";
import { ledgerEnvironment, openLedger } from "./ledger.ts";
import { sumIn, valueIn } from "./metric-values.ts";
import { CLAIM_KEY, type Gateway, startGateway } from "./model-gateway.ts";
import { listen, startPostgres } from "./services.ts";

const key = (name: string, budget?: Limits) => ({
  name,
  key: `sk-${name}`,
  models: ["default"],
  rpm: 100_000,
  ...(budget ? { budget } : {}),
});
/** Each call may have 100 tokens of answer at 1000 billionths, and takes 60. */
const MOST = 100_000;
const TAKES = 60_000;
const keys = [
  key("free"),
  key("counted", { calls: 7 }),
  key("paying", { amount: "1000000" }),
  key("frugal", { tokens: 100_000 }),
  key("other"),
];
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let provider: Awaited<ReturnType<typeof listen>>;
let gateway: Gateway;
let database: pg.Pool;
let opened: ReturnType<typeof openLedger>;
let metricsUrl: string;
let fails = false;
let environment: ReturnType<typeof ledgerEnvironment>;
let delayMs = 200;

beforeAll(async () => {
  postgres = await startPostgres();
  provider = await listen((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", async () => {
      if (!text) return response.writeHead(404).end();
      await sleep(delayMs);
      if (fails) return response.writeHead(500).end("{}");
      const usage = { prompt_tokens: 10, completion_tokens: 60, total_tokens: 70 };
      const base = { id: "x", created: 1, model: "m" };
      if ((JSON.parse(text) as { stream?: boolean }).stream) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const choices = [{ index: 0, delta: { role: "assistant", content: "fine" }, finish_reason: "stop" }];
        for (const chunk of [{ choices }, { choices: [], usage }])
          response.write(`data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", ...chunk })}\n\n`);
        return response.end("data: [DONE]\n\n");
      }
      const choices = [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: "fine" } }];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ ...base, object: "chat.completion", choices, usage }));
    });
  });
  provider.server.keepAliveTimeout = 600_000;
  environment = ledgerEnvironment(postgres);
  database = new pg.Pool({
    host: environment.PGHOST,
    port: Number(environment.PGPORT),
    database: environment.PGDATABASE,
    user: environment.PGUSER,
    password: postgres.password,
    max: 2,
  });
  database.on("error", () => {});
  opened = openLedger(postgres);
  const metricsPort = await freePort();
  metricsUrl = `http://127.0.0.1:${metricsPort}/metrics`;
  gateway = await startGateway(
    gatewaySettings({ model: "openai/m", apiBase: `${provider.url}/v1`, keys, retries: 0 }),
    keys,
    {
      ...environment,
      METRICS_PORT: String(metricsPort),
      MODEL_PRICES: JSON.stringify({ default: { input: 0, output: 1000 } }),
    },
  );
}, 300_000);
afterAll(async () => {
  await gateway?.stop();
  await database?.end();
  await opened?.close();
  await provider?.stop();
  await postgres?.stop();
});

let asked = 0;
async function ask(apiKey: string, more: { claim?: string; body?: object } = {}) {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${apiKey}`,
      connection: "close",
      ...(more.claim === undefined ? {} : { [CLAIM_HEADER]: more.claim }),
    },
    body: JSON.stringify({
      model: "default",
      max_tokens: 100,
      // Each question is another one, so that no answer comes from the cache.
      messages: [{ role: "user", content: `question ${asked++}` }],
      ...more.body,
    }),
  });
  return { status: response.status, text: await response.text() };
}
const claimOf = (tenant: string, uid: string, limits: Limits = {}) =>
  signClaim({ namespace: `tenant-${tenant}`, uid, ...limits }, CLAIM_KEY);
const askAsStep = (tenant: string, uid: string, limits?: Limits) =>
  ask(stepKey(`sk-${tenant}`), { claim: claimOf(tenant, uid, limits) });

/** An account's amount, calls, and what is held on it. */
async function account(id: string) {
  const { rows } = await database.query<{ amount: string; calls: string; tokens: string; held: string }>(
    "SELECT amount, calls, tokens, held_amount + held_tokens + held_calls AS held FROM accounts WHERE id LIKE $1",
    [id],
  );
  const [row] = rows;
  return (
    row && { amount: Number(row.amount), calls: Number(row.calls), tokens: Number(row.tokens), held: Number(row.held) }
  );
}

function tally(answers: readonly { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Asks as the agents do: again where the ledger could not be asked in time, as on a busy machine. */
async function untilAnswered(call: () => ReturnType<typeof ask>): ReturnType<typeof ask> {
  for (let attempt = 1; ; attempt++) {
    const answer = await call();
    if (answer.status !== 503 || attempt === 5) return answer;
  }
}

describe("fifty calls at once", () => {
  test("of a tenant that may make seven make seven, and the others hear why", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => untilAnswered(() => ask("sk-counted"))));
    expect(tally(answers)).toEqual({ 200: 7, 402: 43 });
    const refused = answers.find(({ status }) => status === 402)?.text;
    expect(refused).toMatch(/budget exhausted: tenant counted in \d{4}-\d\d may spend 7 \(calls\)/);
    expect(await account("tenant:counted:%")).toMatchObject({ calls: 7, held: 0 });
  });

  test("spend no more money than there is, and what they didn't need is there for the next", async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => untilAnswered(() => ask("sk-paying"))));
    const first = tally(answers)[200] ?? 0;
    expect(first).toBeGreaterThanOrEqual(10);
    // One after the other until nothing fits any more.
    let more = 0;
    while ((await untilAnswered(() => ask("sk-paying"))).status === 200) more++;
    const spent = await account("tenant:paying:%");
    expect(spent).toMatchObject({ amount: (first + more) * TAKES, held: 0 });
    expect(spent?.amount).toBeLessThanOrEqual(1_000_000);
    expect(spent?.amount).toBeGreaterThan(1_000_000 - MOST);
  });

  test("of several workloads keep to the limits of each", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => untilAnswered(() => askAsStep("free", `w-${i % 5}`, { amount: "300000" }))),
    );
    expect(Object.keys(tally(answers)).sort()).toEqual(["200", "402"]);
    for (let i = 0; i < 5; i++) {
      const spent = await account(`workload:w-${i}`);
      expect(spent?.held).toBe(0);
      expect(spent?.amount).toBeGreaterThanOrEqual(180_000);
      expect(spent?.amount).toBeLessThanOrEqual(300_000);
    }
  });
});

describe("a call", () => {
  test("of a workload is held on its own budget and on its tenant's", async () => {
    expect(tally([await askAsStep("frugal", "tight", { calls: 1 })])).toEqual({ 200: 1 });
    const second = await askAsStep("frugal", "tight", { calls: 1 });
    expect(second.status).toBe(402);
    expect(second.text).toContain("this workload (spec.budget) may spend 1 (calls)");
    expect((await account("workload:tight"))?.tokens).toBe(70);
    // The operator sees the same, also while the step runs that calls.
    expect(await opened.ledger.spent("tight")).toEqual({ amount: BigInt(TAKES), tokens: 70, calls: 1 });
    expect(await opened.ledger.spent("nobody")).toBeUndefined();
    expect((await account("tenant:frugal:%"))?.tokens).toBe(70);
    // And it tells the tenant's people of their month's.
    const told: unknown[] = [];
    await new MonthBudgetTeller({
      ...{ ledger: opened.ledger, budgets: { "tenant-frugal": { tokens: 1000 } }, currency: "USD" },
      client: { patch: async <T>(path: string, body: unknown) => told.push([path, body]) as T },
      log: pino({ level: "silent" }),
    }).tell();
    expect(told).toEqual([
      [
        "/api/v1/namespaces/tenant-frugal/configmaps/agentic-budget",
        { data: expect.objectContaining({ tokens: "1000", "used-tokens": "70" }) },
      ],
    ]);
  });

  test("that may have more tokens than are left is refused before the model is asked", async () => {
    const { status, text } = await ask("sk-frugal", { body: { max_tokens: 200_000 } });
    expect(status).toBe(402);
    expect(text).toContain("(tokens)");
  });

  test("that fails gives back what it held", async () => {
    const before = await account("tenant:frugal:%");
    fails = true;
    expect((await ask("sk-frugal")).status).toBeGreaterThanOrEqual(500);
    fails = false;
    await expect.poll(() => account("tenant:frugal:%")).toEqual(before);
  });

  test("that is streamed is settled by what it took", async () => {
    const before = await account("tenant:other:%");
    const { status, text } = await ask("sk-other", { body: { stream: true } });
    expect([status, text.includes("[DONE]")]).toEqual([200, true]);
    await expect
      .poll(() => account("tenant:other:%"))
      .toMatchObject({ amount: (before?.amount ?? 0) + TAKES, tokens: (before?.tokens ?? 0) + 70, held: 0 });
  });

  test("that is answered from the cache costs nothing", async () => {
    const body = { messages: [{ role: "user", content: "the same" }] };
    expect((await ask("sk-other", { body })).status).toBe(200);
    await sleep(500);
    const before = await account("tenant:other:%");
    expect((await ask("sk-other", { body })).status).toBe(200);
    expect(await account("tenant:other:%")).toMatchObject({
      amount: before?.amount,
      tokens: before?.tokens,
      calls: (before?.calls ?? 0) + 1,
      held: 0,
    });
  });
});

test("metrics say what became of calls and how much of each budget is used, by tenant", async () => {
  const metrics = await (await fetch(metricsUrl)).text();
  const value = valueIn(metrics);
  const calls = (tenant: string, outcome: string) =>
    value(`agentic_model_calls_total{model="default",outcome="${outcome}",tenant="tenant-${tenant}"}`);
  expect([calls("counted", "answered"), calls("counted", "refused"), calls("counted", "failed")]).toEqual([7, 43, 0]);
  expect([calls("frugal", "failed"), calls("other", "cached")]).toEqual([1, 1]);
  const spent = await account("tenant:paying:%");
  expect(value('agentic_model_spend_nano_total{model="default",tenant="tenant-paying"}')).toBe(spent?.amount);
  expect(value('agentic_budget_used_ratio{limit="calls",tenant="tenant-counted"}')).toBe(1);
  expect(value('agentic_budget_used_ratio{limit="amount",tenant="tenant-paying"}')).toBeCloseTo(
    (spent?.amount ?? 0) / 1e6,
  );
  expect(value('agentic_budget_used_ratio{limit="tokens",tenant="tenant-free"}')).toBe(0);
  // By OpenTelemetry's names, of all tenants together.
  const all = sumIn(metrics);
  const chat = 'gen_ai_operation_name="chat",gen_ai_request_model="default"';
  const durations = (error: string) =>
    value(`gen_ai_client_operation_duration_seconds_count{error_type="${error}",${chat}}`);
  expect(durations("")).toBe(all(/^agentic_model_calls_total\{model="default",outcome="answered"/));
  expect(durations("failed")).toBe(all(/^agentic_model_calls_total\{model="default",outcome="failed"/));
  for (const direction of ["input", "output"])
    expect(value(`gen_ai_client_token_usage_sum{${chat},gen_ai_token_type="${direction}"}`)).toBe(
      all(new RegExp(`^agentic_gateway_tokens_total\\{direction="${direction}",model="default"`)),
    );
  expect(metrics).not.toMatch(/sk-|workload/);
});

test("while the ledger can't be asked no model is asked, and then they are again", async () => {
  await postgres.pause();
  const { status, text } = await ask("sk-free");
  await postgres.resume();
  expect(status).toBe(503);
  expect(text).toContain("the ledger of budgets can't be asked, so that no model is asked either");
  await expect.poll(async () => (await ask("sk-free")).status, { timeout: 20_000 }).toBe(200);
});

test("a call whose client goes away is booked, held no longer than it may take", async () => {
  delayMs = 1500;
  const before = await account("tenant:other:%");
  const gone = fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-other" },
    body: JSON.stringify({ model: "default", max_tokens: 100, messages: [{ role: "user", content: "and away" }] }),
    signal: AbortSignal.timeout(500),
  });
  await expect(gone).rejects.toThrow();
  delayMs = 200;
  const held = await account("tenant:other:%");
  expect((held?.held ?? 0) + (held?.amount ?? 0)).toBeGreaterThan(before?.amount ?? 0);
});

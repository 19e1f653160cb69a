// The spans of a step, as Jaeger gets them from its process: what it asked whom, for how long, and nothing of what pages or prompts say.
import { attemptSpanId, traceparentOf } from "@agentic/api/trace.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type JaegerSpan, startJaeger, type TestJaeger } from "../telemetry/jaeger.ts";
import { listen } from "./services.ts";
import { type StepEnvironment, startStepEnvironment } from "./step-environment.ts";

let environment: StepEnvironment;
let jaeger: TestJaeger;

beforeAll(async () => {
  [environment, jaeger] = await Promise.all([startStepEnvironment(), startJaeger()]);
}, 1_200_000);
afterAll(async () => {
  await Promise.all([environment[Symbol.asyncDispose](), jaeger?.remove()]);
});

let traces = 0;

/** A trace of its own, and the environment of a step that is a part of it. */
function traced(jobId: string, isSampled = true) {
  const traceId = String(++traces).padStart(32, "a");
  const context = { traceId, spanId: "00f067aa0ba902b7", isSampled };
  const env = environment.env(jobId, {
    TRACEPARENT: traceparentOf(context),
    OTEL_EXPORTER_OTLP_ENDPOINT: jaeger.otlpUrl,
    TEMPLATE: "visual-analysis-template",
    ATTEMPT: "2",
  });
  return { traceId, env, spans: () => jaeger.trace(traceId) };
}

const tagsOf = ({ tags }: JaegerSpan) => Object.fromEntries(tags.map(({ key, value }) => [key, value]));
const named = (spans: JaegerSpan[], name: string) => spans.filter(({ operationName }) => operationName === name);
const until = { timeout: 20_000, interval: 300 };

describe("a step's trace", () => {
  test("has each page, model call, browser, store and database call below the attempt's span", async () => {
    const { env, spans } = traced("traced");
    for (const step of ["scrape", "screenshot", "analysis"] as const)
      expect(await environment.start(step, env).exit).toMatchObject({ code: 0 });
    await expect.poll(async () => named(await spans(), "invoke_agent analysis").length, until).toBe(1);
    const all = await spans();
    const ids = new Set(all.map(({ spanID }) => spanID));
    const tops = all.filter(({ references }) => !references.some(({ spanID }) => ids.has(spanID)));
    expect(tops.map(({ operationName, references: [parent] }) => [operationName, parent?.spanID]).sort()).toEqual(
      ["analysis", "scrape", "screenshot"].map((step) => [
        `invoke_agent ${step}`,
        attemptSpanId("3e5b1d2c", `pod-of-${step}`),
      ]),
    );
    const counts = (name: string) => named(all, name).length;
    expect(counts("execute_tool fetch_page")).toBe(3);
    expect(counts("execute_tool take_screenshot")).toBe(3);
    expect(counts("browser: draw")).toBe(3);
    expect(counts("judge page")).toBe(3);
    // A judgement and a look at the picture for each page.
    expect(counts("chat default")).toBe(6);
    expect(counts("object store: put")).toBeGreaterThan(6);
    expect(all.filter(({ operationName }) => operationName.startsWith("postgres: ")).length).toBeGreaterThan(6);
    for (const span of all)
      expect(tagsOf(span)).toMatchObject({
        "agentic.job.id": "traced",
        "agentic.tenant": "tenant-test",
        "agentic.template": "visual-analysis-template",
        "agentic.attempt": 2,
      });
    const [chat] = named(all, "chat default");
    expect(chat && tagsOf(chat)).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "default",
      "gen_ai.response.finish_reasons": '["stop"]',
      "gen_ai.usage.input_tokens": expect.any(Number),
      "gen_ai.usage.output_tokens": expect.any(Number),
    });
    expect(JSON.stringify(all)).not.toMatch(/kettle|guarantee|judge.*prompt/i);
    const lines = (await environment.start("scrape", env).exit).log;
    expect(lines.every(({ traceId, attempt, step }) => traceId && attempt === 2 && step === "scrape")).toBe(true);
  });

  test("says how its process began, in the step's result", async () => {
    const { env } = traced("began");
    const before = Date.now();
    const { result } = await environment.start("scrape", env).exit;
    expect(result?.startedAt).toBeGreaterThanOrEqual(before - 50);
    expect(result?.startedAt).toBeLessThan(before + 5000);
  });

  test("keeps what was sent before the process was killed", async () => {
    const silent = await listen((request, response) => {
      if (request.url === "/robots.txt") response.writeHead(404).end();
    });
    const { env, spans } = traced("killed");
    const { child, exit } = environment.start("scrape", {
      ...env,
      TARGET_URLS: JSON.stringify([`${silent.url}/never`]),
      ALLOWED_HOSTS: `127.0.0.1:${silent.port}`,
    });
    await expect.poll(async () => named(await spans(), "load").length, until).toBe(1);
    child.kill("SIGKILL");
    await exit;
    expect(named(await spans(), "start")).toHaveLength(1);
    await silent.stop();
  });

  test("is sent of an unsampled step where that fails, and of no other", async () => {
    const well = traced("well", false);
    expect(await environment.start("scrape", well.env).exit).toMatchObject({ code: 0 });
    const failing = traced("failing", false);
    const nowhere = { TARGET_URLS: JSON.stringify([`${environment.site.url}/nothing.html`]) };
    expect(await environment.start("scrape", { ...failing.env, ...nowhere }).exit).toMatchObject({ code: 1 });
    await expect.poll(async () => named(await failing.spans(), "invoke_agent scrape").length, until).toBe(1);
    const [top] = named(await failing.spans(), "invoke_agent scrape");
    expect(top && tagsOf(top)).toMatchObject({ error: true, "error.type": "PermanentError" });
    expect(await well.spans()).toEqual([]);
  });

  test("is missed by no step while the collector is away", async () => {
    const { env } = traced("away");
    const away = { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
    const { code, ms, log, output } = await environment.start("scrape", away).exit;
    expect([code, log.filter(({ level }) => level !== "info")], output).toEqual([0, []]);
    expect(ms).toBeLessThan(15_000);
  });
});

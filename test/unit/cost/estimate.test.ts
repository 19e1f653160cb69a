// The estimate on a template, what make up says of it, and the prices that a stack's config chooses.

import { readFileSync } from "node:fs";
import { estimateFor, estimateText, parseEstimate } from "@agentic/api/cost-estimate.ts";
import { MODEL_PRICES, PRICE_TABLES, priceTableNames } from "@agentic/api/price-tables.ts";
import { describe, expect, test } from "vitest";
import { controllerSettings } from "../../../components/argo/controller-settings.ts";
import { describeCost } from "../../../embedded/cli/cost.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { costConfig, costSchema, EXECUTOR_REQUESTS } from "../../../stacks/config/cost.ts";
import { costEstimate, withEstimate } from "../../../workflows/estimate.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";

const prices = costConfig({ workflowEngine: "builtin" });

describe("a template's estimate", () => {
  test("stands in its annotation, and is read from it", () => {
    const template = withEstimate(visualAnalysis, prices);
    const text = template.metadata.annotations["agentic.io/cost-estimate"];
    expect(text).toMatch(/^0\.\d+ USD for one page, 0\.\d+ USD for each further one \(on-premises 2026-11\)$/);
    expect(parseEstimate(text)).toEqual(costEstimate(visualAnalysis, prices));
  });

  test("is of nothing where the annotation holds nothing", () => {
    expect([parseEstimate(), parseEstimate("free of charge")]).toEqual([undefined, undefined]);
  });

  test("grows by the page, exactly", () => {
    const estimate = { currency: "USD", first: "0.1", further: "0.02", prices: "x 2026-11" };
    expect([1, 3].map((pages) => estimateFor(pages, estimate))).toEqual(["0.1", "0.14"]);
    expect(parseEstimate(estimateText(estimate))).toEqual(estimate);
  });

  test("is larger with a model that costs something", () => {
    const dear = costConfig({ workflowEngine: "builtin", llm: { model: "openai/gpt-4o" } });
    expect(Number(costEstimate(visualAnalysis, dear).first)).toBeGreaterThan(0.009);
  });
});

test("make up says what the sample has cost beside its estimate", () => {
  const cost = {
    currency: "USD",
    total: "0.00012",
    parts: { cpu: "0.0001", memory: "0.00002" },
    modelCalls: 4,
    tokens: { input: 10, output: 5 },
    prices: "on-premises 2026-11",
  };
  const annotation = "0.0001 USD for one page, 0.00001 USD for each further one (on-premises 2026-11)";
  expect(describeCost(cost, 3, annotation)).toEqual([
    "measured   0.00012 USD (cpu 0.0001, memory 0.00002; 4 calls of models, 10 + 5 tokens; on-premises 2026-11)",
    "estimated  0.00012 USD for 3 pages (on-premises 2026-11)",
  ]);
  expect(describeCost(cost, 3, undefined)).toHaveLength(1);
});

describe("a stack's prices", () => {
  test.each([
    [{}, "on-premises"],
    [{ gke: {} }, "gke-spot"],
    [{ gke: { spot: false } }, "gke-autopilot"],
    [{ gke: { mode: "standard" as const } }, "gke-standard"],
    [{ gke: {}, cost: { prices: "on-premises" as const } }, "on-premises"],
  ])("of %j are those of the table %s", (context, table) => {
    expect(costConfig(context).table).toBe(table);
  });

  test("can be replaced one by one, and say so", () => {
    const changed = costConfig({ cost: { cpuHour: "0.06", currency: "EUR" } });
    expect(changed).toMatchObject({ cpuHour: "0.06", currency: "EUR", table: "on-premises, changed" });
    expect(changed.browserMinute).toBe("0.001026667");
  });

  test("have the model's price where it is known, none where it isn't, and that of the config first", () => {
    expect(costConfig({ llm: { model: "openai/gpt-4o" } }).models.default).toEqual({ input: "2.5", output: "10" });
    expect(costConfig({ llm: { model: "acme/one" } }).models.default).toBeUndefined();
    const models = { default: { input: "1", output: "2" } };
    expect(costConfig({ llm: { model: "acme/one" }, cost: { models } }).models.default).toEqual(models.default);
  });

  test.each([
    ["no gateway", { components: { litellm: { enabled: false } } }, "components.litellm is off"],
    [
      "no ledger",
      { workflowEngine: "builtin", components: { postgres: { enabled: false } } },
      "components.postgres is off",
    ],
    ["no price", { llm: { model: "acme/one" } }, "acme/one has no known price: set p:cost.models.default"],
  ])("refuse a tenant's budget that nothing can hold: %s", (_, more, message) => {
    const images = { operator: "a/b:1", agents: "a/c:1", workflowEngine: "a/d:1" };
    const tenants = [{ name: "demo", budget: { amount: "10" } }];
    const hasKey = "llm" in more;
    expect(() => parseConfig("p", { images, tenants, ...more }, hasKey)).toThrow(message);
    expect(parseConfig("p", { images, tenants }, false).tenants[0]?.budget).toEqual({ amount: "10" });
  });

  test("are refused where they aren't amounts", () => {
    const raw = { cost: { cpuHour: "0,05", models: { default: { input: "0.0001", output: "1" } } } };
    const parse = () => parseConfig("p", { images: { operator: "a/b:1", agents: "a/c:1" }, ...raw }, false);
    expect(parse).toThrow(/cost\.cpuHour/);
    expect(parse).toThrow(/cost\.models/);
  });

  test("name every table in the config's schema", () => {
    const { anyOf } = costSchema.properties.prices;
    expect(anyOf.map(({ const: name }) => name)).toEqual(priceTableNames);
  });

  test("reckon with what Argo's container requests", () => {
    const settings = controllerSettings(
      { archive: {}, objectStore: undefined } as never,
      { parallelism: 1, namespaceParallelism: 1, archiveDays: 1 },
      "database",
    );
    expect(JSON.parse(String(settings.executor)).resources.requests).toEqual({ cpu: "10m", memory: "32Mi" });
    expect(EXECUTOR_REQUESTS).toEqual({ milliCpu: 10, bytes: 32 * 2 ** 20 });
    expect(costConfig({ workflowEngine: "argo" }).perPod).toEqual(EXECUTOR_REQUESTS);
  });
});

test("the page on cost has every price of every table and model", () => {
  const page = readFileSync("docs/cost.md", "utf8").replaceAll(/\s+/g, " ");
  for (const [name, table] of Object.entries(PRICE_TABLES)) {
    const { cpuHour, memoryGiBHour, storageGiBMonth, currency, asOf } = table;
    expect(page).toContain(`| \`${name}\` | ${cpuHour} | ${memoryGiBHour} | ${storageGiBMonth} |`);
    expect(page).toContain(`| ${currency} ${asOf},`);
  }
  for (const [name, { input, output }] of Object.entries(MODEL_PRICES))
    expect(page).toContain(`\`${name}\` ${input} and ${output}`);
});

// The month's cost report for people: tables, CSV, a plot, and advice on requests.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { CostGroup, CostReport, StepUsageSummary } from "@agentic/api/cost-report.ts";
import { DEFAULT_WORKFLOW_TEMPLATE } from "@agentic/api/names.ts";
import { STEPS } from "@agentic/api/template.ts";
import { afterEach, describe, expect, test, vi } from "vitest";
import { adviceLines, placeOf } from "../../../embedded/cli/cost-report/advice.ts";
import { cost, monthOf } from "../../../embedded/cli/cost-report/cost-report.ts";
import { costCsv } from "../../../embedded/cli/cost-report/csv.ts";
import { costPlot } from "../../../embedded/cli/cost-report/plot.ts";
import { costTables } from "../../../embedded/cli/cost-report/table.ts";

const root = join(import.meta.dirname, "../../..");

const group = (more: Partial<CostGroup> = {}, cpu = "250000000"): CostGroup => ({
  tenant: "demo",
  team: "shop",
  costCenter: "cc-7",
  template: DEFAULT_WORKFLOW_TEMPLATE,
  currency: "USD",
  prices: ["on-premises 2026-11"],
  workloads: 2,
  parts: { cpu, memory: "1", model: "1500000000", storage: "0", browser: "0" },
  modelCalls: 8,
  tokens: { input: 2000, output: 200, unreported: 7 },
  ...more,
});
const report: CostReport = {
  month: "2026-02",
  groups: [group(), group({ tenant: "blue", team: "", costCenter: "cc-9", workloads: 1 }, "5000000000")],
  days: [
    { day: "2026-02-01", tenant: "demo", currency: "USD", amount: "1750000001" },
    { day: "2026-02-28", tenant: "blue", currency: "USD", amount: "6500000001" },
  ],
  steps: [],
};

describe("the tables", () => {
  test("have each combination exactly, and the sums of each dimension that has several values, the most first", () => {
    const lines = costTables(report);
    expect(lines[0]).toBe("Workloads that ended in 2026-02 (UTC), in USD by on-premises 2026-11");
    const cells = (start: string) => lines.filter((line) => line.startsWith(start)).map((line) => line.split(/\s{2,}/));
    expect(cells("demo")[0]?.slice(1)).toEqual([
      ...["shop", DEFAULT_WORKFLOW_TEMPLATE, "cc-7", "2"],
      ...["0.25", "0.000000001", "1.5", "0", "0", "1.750000001", "8", "2207"],
    ]);
    expect(lines.filter((line) => line.startsWith("by "))).toHaveLength(3);
    expect(cells("blue")[1]).toEqual(["blue", "1", "6.500000001", "78.7 %"]);
    const tenants = lines.slice(lines.findIndex((line) => line.startsWith("by tenant")) + 1);
    expect(tenants.slice(0, 2).map((line) => line.split(" ")[0])).toEqual(["blue", "demo"]);
  });

  test("add no amounts of different currencies", () => {
    const lines = costTables({ ...report, groups: [group(), group({ currency: "EUR" })] });
    expect(lines.flatMap((line) => line.match(/^Workloads .* in (\w+) by/)?.[1] ?? [])).toEqual(["EUR", "USD"]);
    expect(lines.some((line) => line.startsWith("by "))).toBe(false);
  });

  test("say that there is nothing", () => {
    expect(costTables({ ...report, groups: [] })).toEqual(["No workload ended in 2026-02."]);
  });
});

test("the CSV has a line for each combination, and quotes what needs it", () => {
  const prices = ["a, changed", 'b "c"'];
  const text = costCsv({ ...report, groups: [group({ prices })] });
  expect(text.split("\r\n")).toEqual([
    "month,tenant,team,cost_center,template,currency,prices,workloads,cpu,memory,model,storage,browser,total,model_calls,input_tokens,output_tokens,unreported_tokens",
    `2026-02,demo,shop,cc-7,${DEFAULT_WORKFLOW_TEMPLATE},USD,"a, changed; b ""c""",2,0.25,0.000000001,1.5,0,0,1.750000001,8,2000,200,7`,
    "",
  ]);
});

describe("the plot", () => {
  const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);

  test("is an SVG with the tenants' names, the month's days and the currency", () => {
    const svg = costPlot(report);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www.w3.org\/2000\/svg"/);
    expect(texts(svg)).toEqual(expect.arrayContaining(["blue", "demo", "01", "28"]));
    expect(texts(svg)).not.toContain("29");
    expect(texts(svg).join()).toContain("2026-02 (UTC), USD");
  });

  test("puts the smallest of many tenants together, and a currency into a panel of its own", () => {
    const days = Array.from({ length: 12 }, (_, i) => ({
      ...{ day: "2026-02-03", tenant: `t${i}`, currency: "USD", amount: String((i + 1) * 1e9) },
    }));
    const svg = costPlot({ ...report, days: [...days, { ...days[0], currency: "EUR" } as (typeof days)[number]] });
    expect(texts(svg)).toEqual(expect.arrayContaining(["others", "t11"]));
    expect(texts(svg).filter((text) => text === "t1")).toEqual([]);
    expect(svg).toContain('height="720"');
  });
});

describe("advice on requests", () => {
  const MIB = 2 ** 20;
  const step = (more: Partial<StepUsageSummary> = {}): StepUsageSummary => ({
    ...{ template: DEFAULT_WORKFLOW_TEMPLATE, step: "scrape", attempts: 40 },
    milliCpu: { requested: 50, p95: 170 },
    bytes: { requested: 256 * MIB, p95: 100 * MIB },
    ...more,
  });

  test("says what to write instead, why, and on which line", () => {
    const [cpu = "", memory = "", ...more] = adviceLines([step()], root);
    expect(cpu).toContain(
      "scrape: cpu 50m → 220m (95 % of 40 attempts used at most 170m): workflows/agent-workflow.ts:",
    );
    expect(memory).toContain("scrape: memory 256Mi → 128Mi (95 % of 40 attempts used at most 100Mi)");
    expect(more).toEqual([]);
  });

  test("is silent on what fits, and on what too few attempts say", () => {
    const fits = step({ milliCpu: { requested: 50, p95: 40 }, bytes: { requested: 256 * MIB, p95: 200 * MIB } });
    expect(adviceLines([fits], root)).toEqual(["  all requests fit"]);
    expect(adviceLines([step({ attempts: 3 })], root)).toEqual([
      `  fewer than 20 attempts, too few for advice: ${DEFAULT_WORKFLOW_TEMPLATE} scrape (3)`,
    ]);
    expect(adviceLines([], root)).toEqual([]);
  });

  test.each(STEPS)("names the line of %s, which is where its requests are", (name) => {
    const [, file = "", line = ""] = /^(\S+):(\d+), /.exec(placeOf(DEFAULT_WORKFLOW_TEMPLATE, name, "cpu", root)) ?? [];
    const lines = readFileSync(join(root, file), "utf8").split("\n").slice(0, Number(line));
    expect(lines.at(-1)).toMatch(/requests: \{ cpu/);
    expect(lines.findLast((text) => /^ {2}\w+: \{$/.test(text))?.trim()).toBe(`${name}: {`);
  });

  test("names the field of another team's template", () => {
    expect(placeOf("theirs", "scrape", "memory", root)).toBe(
      "WorkflowTemplate theirs, spec.templates[scrape].container.resources.requests.memory",
    );
  });
});

describe("without a platform", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("of this machine the report says what brings one up", () => {
    const env = { ...process.env, STACK: "embedded", INSTANCE: "never-up" };
    const args = [join(root, "embedded/cli/main.ts"), "cost", "--month", "2026-11"];
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
    expect([status, stderr.trim()]).toEqual([
      1,
      expect.stringMatching(/^instance 'never-up' is .*: make up starts it$/),
    ]);
  });

  test("of another stack it says what to do before", async () => {
    vi.stubEnv("STACK", "dev");
    vi.stubEnv("PATH", "/nonexistent");
    await expect(cost([])).rejects.toThrow(
      "the kubeconfig of stack 'dev' can't be read, bring it up first (pulumi up)",
    );
  });
});

test("the month is the present one unless another is named, and nothing but a month", () => {
  const now = new Date("2026-11-30T23:30:00Z");
  expect(monthOf([], now)).toBe("2026-11");
  expect(monthOf(["--month", "2026-01"], now)).toBe("2026-01");
  for (const wrong of [["--month", "2026-1"], ["--month", "2026-13"], ["2026-01"], ["--year", "2026"]])
    expect(() => monthOf(wrong, now)).toThrow("npm run cost -- --month 2026-11");
});

// The rules ask only for what there is, and each alert says who acts, and how.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { alertName, alerts, runbookOf } from "../../../components/observability/alerts.ts";
import { selectWith } from "../../../components/observability/promql.ts";
import { type AlertingRule, prometheusRules } from "../../../components/observability/rules.ts";
import { budgetOf, burning, burnRates, objectiveNames } from "../../../components/observability/slo.ts";
import { sloConfig, sloTargets } from "../../../stacks/config/slo.ts";
import { nonEmpty } from "../../non-empty.ts";
import { unknownIn } from "./known-metrics.ts";
import { asks } from "./promql.ts";

const file = prometheusRules({ targets: sloTargets.standard, runbooks: "https://runbooks.acme.example" });
const rules = nonEmpty(file.groups.flatMap((group) => group.rules));
const alerting = rules.filter((rule): rule is AlertingRule => "alert" in rule);

test.each(rules.map((rule) => ["alert" in rule ? rule.alert : `${rule.record} ${rule.labels?.slo}`, rule.expr]))(
  "%s asks for metrics and labels that there are",
  (_, expr) => expect(unknownIn(expr)).toEqual([]),
);

test("a metric, a label or a grouping that there isn't is found, and what isn't PromQL", () => {
  expect(unknownIn("sum by (shop) (rate(agentic_leaders[5m]))")).toEqual([
    "no program has agentic_leaders",
    "nothing has the label shop to group by",
  ]);
  expect(unknownIn('agentic_leader{phase="x"}')).toEqual(["agentic_leader has no label phase"]);
  expect(unknownIn("sum(")).toEqual(["is not PromQL: sum("]);
});

describe.each(nonEmpty(Object.keys(alerts)))("the alert %s", (name) => {
  const rule = alerting.find(({ alert }) => alert === alertName(name));

  it("has a severity, a team, words, and a runbook that exists", () => {
    expect(rule?.labels).toMatchObject({
      severity: expect.stringMatching(/^(none|warning|error|critical)$/),
      team: expect.stringMatching(/^(platform|security|tenants)$/),
    });
    expect(rule?.annotations.title).toMatch(/^[A-Z].*[^.]$/);
    expect(rule?.annotations.summary).toMatch(/^[A-Z`].*\.$/);
    expect(rule?.annotations.runbook_url).toBe(`https://runbooks.acme.example/${runbookOf(name)}.md`);
    expect(existsSync(join(import.meta.dirname, `../../../docs/runbooks/${runbookOf(name)}.md`))).toBe(true);
  });

  it("inhibits only alerts that there are, and not itself", () => {
    const inhibited = (alerts[name]?.inhibits ?? []).map((target) =>
      typeof target === "string" ? target : target.alert,
    );
    for (const other of inhibited) expect(Object.keys(alerts)).toContain(other);
    expect(inhibited).not.toContain(name);
  });
});

test("a part that the stack doesn't have isn't missed", () => {
  const names = (jobs: Parameters<typeof prometheusRules>[0]["jobs"]) =>
    prometheusRules({ targets: sloTargets.standard, jobs })
      .groups.flatMap((group) => group.rules)
      .flatMap((rule) => ("alert" in rule ? [rule.alert] : []));
  expect(names(undefined)).toEqual(
    expect.arrayContaining(["OperatorDown", "EngineDown", "ObjectStoreDown", "PostgresDown"]),
  );
  expect(names(["operator"])).not.toContain("EngineDown");
  expect(names([])).not.toContain("OperatorDown");
  expect(names([])).toHaveLength(names(undefined).length - 4);
});

test("long windows are recorded less often than short ones, and never so seldom that they count as absent", () => {
  const intervals = Object.fromEntries(file.groups.map(({ name, interval }) => [name, interval]));
  expect(intervals).toEqual({ slo: "1m", "slo-long": "4m", alerts: undefined });
  const records = (name: string) =>
    file.groups.find((group) => group.name === name)?.rules.flatMap((rule) => ("record" in rule ? [rule.record] : []));
  expect(records("slo-long")).toContain("slo:errors:ratio_rate30d");
  expect(records("slo")).toContain("slo:errors:ratio_rate6h");
});

describe("the objectives", () => {
  it("promise no less the larger the profile", () => {
    for (const name of objectiveNames) {
      expect(sloTargets.standard[name]).toBeGreaterThanOrEqual(sloTargets.minimal[name]);
      expect(sloTargets.ha[name]).toBeGreaterThanOrEqual(sloTargets.standard[name]);
    }
  });

  it("can be promised otherwise, one by one", () => {
    expect(sloConfig({ success: 99.9 }, "standard")).toEqual({ ...sloTargets.standard, success: 99.9 });
    expect(budgetOf(99.9)).toBe(0.001);
  });

  it.each(["fast", "slow"] as const)("burn %s at the workbook's rates, over two windows each", (urgency) => {
    const expr = burning("success", urgency, { of: selectWith(), targets: sloTargets.standard, recorded: true });
    for (const { rate, long, short } of burnRates.filter((burn) => burn.urgency === urgency)) {
      const bound = Number((rate * 0.02).toFixed(6));
      expect(expr).toContain(`slo:errors:ratio_rate${long}{slo="success"} > ${bound} and`);
      expect(expr).toContain(`slo:errors:ratio_rate${short}{slo="success"} > ${bound} and`);
    }
  });

  it("never ask for more errors than there can be", () => {
    const targets = { ...sloTargets.minimal, success: 50 };
    const expr = burning("success", "fast", { of: selectWith(), targets, recorded: true });
    const bounds = [...expr.matchAll(/ > ([\d.]+)/g)].map(([, bound]) => Number(bound));
    expect(bounds).toHaveLength(4);
    for (const bound of bounds) expect(bound).toBeLessThan(1);
  });
});

test("every selector of a cluster's rules names the cluster", () => {
  const inCluster = prometheusRules({ targets: sloTargets.ha, matchers: 'cluster="a"' });
  for (const { expr } of inCluster.groups.flatMap((group) => group.rules))
    for (const { metric, labels } of asks(expr).selectors) expect(labels, `${metric} in ${expr}`).toContain("cluster");
});

// Alerts and dashboards, judged by Prometheus' own program: each alert fires when it should, and only then.
import { beforeAll, describe, expect, it, test } from "vitest";
import { alertName, alerts } from "../../../components/observability/alerts.ts";
import { dashboards } from "../../../components/observability/dashboards/index.ts";
import { queriesOf } from "../../../components/observability/dashboards/panels.ts";
import { type AlertingRule, prometheusRules, type RuleFile } from "../../../components/observability/rules.ts";
import { nonEmpty } from "../../non-empty.ts";
import { alertCases, argoEvents, fewEvents, type Series, targets } from "./alert-cases.ts";
import { promtool } from "./promtool.ts";

const rules = prometheusRules({ targets, runbooks: "https://runbooks.acme.example" });
const alerting = rules.groups.flatMap((group) => group.rules).filter((rule): rule is AlertingRule => "alert" in rule);

// Where nobody has built it yet, that takes minutes.
beforeAll(async () => {
  expect(await promtool({}, ["--version"])).toMatchObject({ code: 0 });
}, 1_200_000);

/** The rules that an alert needs: its own, and the recordings of its objective. */
function rulesOf(name: string): RuleFile {
  const slo = alerts[name]?.labels?.slo;
  const groups = rules.groups.map((group) => ({
    ...group,
    rules: group.rules.filter((rule) => ("alert" in rule ? rule.alert === alertName(name) : rule.labels?.slo === slo)),
  }));
  return { groups: groups.filter((group) => group.rules.length > 0) };
}

interface Expected {
  exp_labels: Record<string, string>;
  exp_annotations: Record<string, string>;
}

/** A test of promtool's: what an alert says at a time, with these series. */
function unitTest(name: string, series: Series, at: string, expected: readonly Expected[]) {
  return {
    name: `${name} ${expected.length > 0 ? "fires" : "is quiet"}`,
    interval: "1m",
    input_series: Object.entries(series).map(([metric, values]) => ({ series: metric, values })),
    alert_rule_test: [{ eval_time: at, alertname: alertName(name), exp_alerts: expected }],
  };
}

function expectedOf(name: string, labels = alertCases[name]?.labels): Expected {
  const rule = alerting.find(({ alert }) => alert === alertName(name));
  return { exp_labels: { ...rule?.labels, ...labels }, exp_annotations: rule?.annotations ?? {} };
}

/** What promtool says of these tests of one alert. */
const judge = (name: string, tests: readonly object[]) =>
  promtool(
    { "rules.yml": rulesOf(name), "test.yml": { rule_files: ["rules.yml"], evaluation_interval: "1m", tests } },
    ["test", "rules", "test.yml"],
  );

test("promtool accepts every query of the dashboards", async () => {
  const queries = nonEmpty(dashboards.flatMap(queriesOf));
  const recordings = queries.map(({ expr }, index) => ({ record: `panel:query:${index}`, expr }));
  const { code, text } = await promtool({ "queries.yml": { groups: [{ name: "queries", rules: recordings }] } }, [
    "check",
    "rules",
    "--lint=none",
    "queries.yml",
  ]);
  expect({ code, text }).toEqual({ code: 0, text: expect.stringContaining(`${queries.length} rules found`) });
});

test("every alert has its case", () => {
  expect(Object.keys(alertCases).sort()).toEqual(Object.keys(alerts).sort());
});

describe("by promtool's tests", () => {
  it.each(nonEmpty(Object.entries(alertCases)))("%s fires, and is quiet where all is well", async (name, one) => {
    const { fires, at, quiet, also, ofOther } = one;
    const tests = [unitTest(name, fires, at, [expectedOf(name)])];
    if (quiet) tests.push(unitTest(name, quiet, at, []));
    if (also) tests.push(unitTest(name, also, at, [expectedOf(name)]));
    if (ofOther) tests.push(unitTest(name, ofOther.fires, at, [expectedOf(name, ofOther.labels)]));
    expect(await judge(name, tests)).toEqual({ code: 0, text: expect.stringContaining("SUCCESS") });
  });

  it("events count the same where Argo takes them", async () => {
    const { name, bad, good } = argoEvents;
    const tests = [unitTest(name, bad, "50m", [expectedOf(name)]), unitTest(name, good, "50m", [])];
    expect(await judge(name, tests)).toMatchObject({ code: 0 });
  });

  it("a budget that burns by a handful of workloads wakes nobody", async () => {
    const { name, series } = fewEvents;
    expect(await judge(name, [unitTest(name, series, "50m", [])])).toMatchObject({ code: 0 });
  });

  it("an alert that is expected and doesn't come fails, and one that nobody expects", async () => {
    const led = { agentic_leader: "1x20" };
    const none = { agentic_leader: "0x20" };
    const expected = [expectedOf("no-leader")];
    expect(await judge("no-leader", [unitTest("no-leader", led, "10m", expected)])).toMatchObject({ code: 1 });
    expect(await judge("no-leader", [unitTest("no-leader", none, "10m", [])])).toMatchObject({ code: 1 });
  });
});

// A workload's cost in its status: every pod of every run, by its requests and its times, and what the steps report.
import { browserMinute, PRICE_TABLES } from "@agentic/api/price-tables.ts";
import type { Prices } from "@agentic/api/prices.ts";
import { describe, expect, test } from "vitest";
import type { Workflow, WorkflowNode } from "../../../operator/argo.ts";
import { readConfig } from "../../../operator/config.ts";
import { trimWorkflow } from "../../../operator/controller/trim.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { requestsOf } from "../../../operator/decide/requests.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";
import { observed, run, START, settledDecision, timeAt, workload } from "../operator/observed.ts";

const table = PRICE_TABLES["gke-autopilot"];
const prices: Prices = {
  ...table,
  table: "gke-autopilot",
  browserMinute: browserMinute(table),
  models: { default: { input: "2.5", output: "10" } },
  retentionDays: 30,
};
const subject = workload();
const uid = subject.metadata.uid ?? "";
const requests = { scrape: { milliCpu: 1000, bytes: 2 ** 30 } };

const pod = (more: Partial<WorkflowNode> = {}): Partial<WorkflowNode> => ({
  displayName: "scrape(0)",
  templateName: "scrape",
  phase: "Succeeded",
  startedAt: timeAt(0),
  finishedAt: timeAt(3600),
  ...more,
});

const reporting = (result: unknown, more: Partial<WorkflowNode> = {}) =>
  pod({ outputs: { parameters: [{ name: "result", value: JSON.stringify(result) }] }, ...more });

function costAfter(runs: Workflow[], changes: Partial<Prices> = {}) {
  const withRequests = runs.map((run) => ({ ...run, requests }));
  const { status } = decide(
    observed({ workload: subject, runs: withRequests, prices: { ...prices, ...changes }, now: START + 7_200_000 }),
  );
  return status.cost;
}

describe("the cost of pods", () => {
  test("is their time by their requests, exactly", () => {
    expect(costAfter([run(subject, [pod()])])).toMatchObject({
      currency: "USD",
      total: "0.0494225",
      parts: { cpu: "0.0445", memory: "0.0049225", model: "0", storage: "0", browser: "0" },
      prices: "gke-autopilot 2025-06",
    });
  });

  test("counts steps of a second, which Argo's resourcesDuration rounds away", () => {
    const short = pod({ finishedAt: timeAt(1) });
    expect(costAfter([run(subject, [short])])?.parts.cpu).toBe("0.000012361");
  });

  test("counts each attempt and each run, failed ones too, and no gate and no group of nodes", () => {
    const failed = pod({ displayName: "scrape(0)", phase: "Failed", nodeFlag: { retried: true } });
    const nodes = [failed, pod({ displayName: "scrape(1)" }), pod({ displayName: "scrape", type: "Retry" })];
    const runs = [run(subject, [failed]), run(subject, nodes, { attempt: 1 })];
    expect(costAfter(runs)?.parts.cpu).toBe("0.1335");
  });

  test("waits for a pod's end", () => {
    expect(costAfter([run(subject, [pod({ phase: "Running", finishedAt: "" })])])).toBeUndefined();
  });

  test("includes the engine's own container, and the least that is paid for a pod", () => {
    const small = { perPod: { milliCpu: 500, bytes: 0 }, minimum: { milliCpu: 2000, bytes: 0 } };
    expect(costAfter([run(subject, [pod()])], { perPod: small.perPod })?.parts.cpu).toBe("0.06675");
    expect(costAfter([run(subject, [pod()])], small)?.parts.cpu).toBe("0.089");
  });
});

describe("what steps report", () => {
  const usage = {
    models: { default: { calls: 3, input: 1_000_000, output: 100_000 } },
    browserMs: 60_000,
    cpuMs: 1,
    memoryBytes: 1,
  };
  const manifest = { uri: `s3://artifacts/job/manifests/${uid}/scrape.json`, digest: "", count: 1, bytes: 2 ** 30 };

  test("is paid by the model's price, the browser's and that of storage for as long as artifacts are kept", () => {
    const cost = costAfter([run(subject, [reporting({ artifacts: {}, usage, manifest })])]);
    expect(cost).toMatchObject({
      parts: { model: "3.5", storage: "0.02", browser: "0.000823708" },
      modelCalls: 3,
      tokens: { input: 1_000_000, output: 100_000 },
    });
    expect(cost?.unpriced).toBeUndefined();
  });

  test("is counted once where two attempts wrote the same artifacts, and not for those of another workload", () => {
    const other = { ...manifest, uri: "s3://artifacts/job/manifests/other/scrape.json" };
    const nodes = [
      reporting({ artifacts: {}, manifest }, { displayName: "scrape(0)" }),
      reporting({ artifacts: {}, manifest }, { displayName: "scrape(1)" }),
      reporting({ artifacts: {}, manifest: other }, { displayName: "dom(0)" }),
    ];
    expect(costAfter([run(subject, nodes)])?.parts.storage).toBe("0.02");
  });

  test("names models without a price", () => {
    const models = { mystery: { calls: 1, input: 10, output: 10 } };
    const cost = costAfter([run(subject, [reporting({ artifacts: {}, usage: { ...usage, models } })])]);
    expect(cost).toMatchObject({ parts: { model: "0" }, unpriced: ["mystery"] });
  });

  test.each([
    [{ models: { default: { calls: -5, input: "many", output: 1e30 } } }],
    [{ models: [] }],
    [{ models: { default: null } }],
    [7],
    [{ browserMs: Number.MAX_SAFE_INTEGER }],
  ])("is nothing where it is nonsense: %j", (nonsense) => {
    const cost = costAfter([run(subject, [reporting({ artifacts: {}, usage: nonsense })])]);
    expect(cost?.parts).toMatchObject({ model: "0", browser: "0" });
    expect(cost?.tokens).toEqual({ input: 0, output: 0 });
  });
});

test("the cost that was written changes nothing when it is decided on again", () => {
  const runs = [{ ...run(subject, [pod()]), requests }];
  const { second } = settledDecision(observed({ workload: subject, runs, prices }));
  expect(second.status.cost?.total).toBe("0.0494225");
});

test("without prices there is no cost", () => {
  const runs = [{ ...run(subject, [pod()]), requests }];
  expect(decide(observed({ workload: subject, runs })).status.cost).toBeUndefined();
});

describe("the requests of a run's pods", () => {
  const { templates } = visualAnalysis.spec;
  const expected = { milliCpu: 50, bytes: 256 * 2 ** 20 };

  test("are kept from the specification that both engines copy into the status", () => {
    const workflow = { ...run(subject, [pod()]) };
    const full = { ...workflow, status: { ...workflow.status, storedWorkflowTemplateSpec: { templates } } };
    const trimmed = trimWorkflow(full as Workflow);
    expect(trimmed.requests?.scrape).toEqual(expected);
    expect(trimmed.status).not.toHaveProperty("storedWorkflowTemplateSpec");
    expect(trimWorkflow(full as Workflow).requests).toBe(trimmed.requests);
  });

  test("are those of all its containers, and limits where no request is given", () => {
    const resources = { limits: { cpu: "1", memory: "1Gi" } };
    const spec = { templates: [{ name: "a", script: { resources }, sidecars: [{ resources }, {}] }] };
    expect(requestsOf({ spec })).toEqual({ a: { milliCpu: 2000, bytes: 2 ** 31 } });
  });
});

test("prices that can't be used are refused at the operator's start", () => {
  expect(readConfig({ PRICES: JSON.stringify(prices) }).prices).toEqual(prices);
  for (const text of ["{", "{}", JSON.stringify({ ...prices, cpuHour: "free" })])
    expect(() => readConfig({ PRICES: text })).toThrow("PRICES can't be used");
});

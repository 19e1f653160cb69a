// The record of a workload's cost: written before its end is, tried again until it is written, and never lost by a deletion.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Workflow } from "../../../operator/argo.ts";
import { CostRecords } from "../../../operator/controller/cost-records.ts";
import { isSettled, trimWorkload } from "../../../operator/controller/trim.ts";
import { attemptsOf, type CostRecord, costRecord } from "../../../operator/decide/cost-record.ts";
import { decide } from "../../../operator/decide/decide.ts";
import type { Observed, Spent } from "../../../operator/decide/types.ts";
import { nonEmpty } from "../../non-empty.ts";
import { playScenario } from "./life.ts";
import { condition, kinds, observed, PRICES, run, START, timeAt, workload } from "./observed.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";

const subject = workload({ ttlSecondsAfterFinished: 0 });
const requests = { scrape: { milliCpu: 50, bytes: 2 ** 28 } };
const usage = { cpuMs: 900, memoryBytes: 100 * 2 ** 20 };
const result = JSON.stringify({ artifacts: {}, startedAt: START + 2000, usage });
const pod = {
  displayName: "scrape",
  templateName: "scrape",
  phase: "Succeeded",
  startedAt: timeAt(0),
  finishedAt: timeAt(5),
  outputs: { parameters: [{ name: "result", value: result }] },
};
const ended = { ...run(subject, [pod], { phase: "Succeeded", finishedAt: timeAt(6) }), requests };
const ending = (more: Partial<Observed> = {}) =>
  decide(observed({ workload: subject, runs: [ended], prices: PRICES, keepsRecords: true, ...more }));
const failing = { recorded: { ok: false, error: "connection refused" } } as const;
const laterWith = (status: AgentWorkloadStatus, more: Partial<Observed> = {}) =>
  ending({ workload: { ...subject, status }, ...more });

describe("the record of a workload that ends", () => {
  test("is written before the end is written down, and not again after it", () => {
    expect(kinds(ending())).toEqual(["record"]);
    const written = ending({ recorded: { ok: true } });
    expect(kinds(written)).toEqual([]);
    expect(condition(written, "CostRecorded")).toBeUndefined();
    expect(kinds(laterWith(written.status))).toEqual(["delete"]);
  });

  test("is asked for where the platform keeps records, and where something was used", () => {
    expect(kinds(ending({ keepsRecords: false }))).toEqual([]);
    expect(kinds(ending({ runs: [{ ...ended, status: { phase: "Failed" } }] }))).toEqual([]);
  });

  test("delays no end where it can't be written, but the deletion until it is", () => {
    const unwritten = ending(failing);
    expect(unwritten.status.phase).toBe("Completed");
    expect(unwritten.backoff).toBe(true);
    expect(condition(unwritten, "CostRecorded")).toEqual({ status: "False", reason: "LedgerUnavailable" });
    expect(isSettled(trimWorkload({ ...subject, status: unwritten.status }))).toBe(false);
    const again = laterWith(unwritten.status);
    expect(kinds(again)).toEqual(["record"]);
    const stillNot = laterWith(unwritten.status, failing);
    expect(kinds(stillNot)).toEqual([]);
    expect(condition(stillNot, "Deletable")).toEqual({ status: "False", reason: "CostNotRecorded" });
    const atLast = laterWith(stillNot.status, { recorded: { ok: true } });
    expect(kinds(atLast)).toEqual(["delete"]);
    expect(condition(atLast, "CostRecorded")?.status).toBe("True");
  });

  test("says who pays, by the labels of the tenant's settings, and what each attempt was given and has used", () => {
    const { status } = ending({ recorded: { ok: true } });
    const { phase = "", completedAt = "", cost } = status;
    if (!cost) throw new Error("there is no cost");
    const labels = { "agentic.io/tenant": "demo", "agentic.io/owner": "shop", "agentic.io/cost-center": "cc-7" };
    expect(costRecord(subject, { phase, completedAt, cost }, { runs: [ended], labels })).toMatchObject({
      uid: subject.metadata.uid,
      tenant: "demo",
      team: "shop",
      costCenter: "cc-7",
      template: "visual-analysis-template",
      phase: "Completed",
      cost: { total: cost.total },
      // Its process ran for three of the pod's five seconds.
      steps: [{ step: "scrape", milliCpu: 50, bytes: 2 ** 28, ms: 3000, cpuMs: 900, memoryBytes: 100 * 2 ** 20 }],
    });
  });

  test.each([[{ cpuMs: "much", memoryBytes: 1 }], [{ cpuMs: 1, memoryBytes: 2 ** 60 }], ["all"]])(
    "has no more of a step than can be believed: %j",
    (nonsense) => {
      const value = JSON.stringify({ artifacts: {}, usage: nonsense });
      const node = { ...pod, outputs: { parameters: [{ name: "result", value }] } };
      const attempts = attemptsOf([{ ...run(subject, [node]), requests }]);
      expect(attempts.map(({ cpuMs }) => cpuMs)).toEqual(attempts.map(() => 0));
      expect(attempts.every(({ memoryBytes }) => memoryBytes === 1)).toBe(true);
    },
  );
});

describe("a workload that is deleted before its end", () => {
  const running = { ...pod, phase: "Running", finishedAt: "", outputs: {} };
  const keptOf = async (status: AgentWorkloadStatus, runs: readonly Workflow[], spent?: Spent) => {
    const kept: CostRecord[] = [];
    const ledger = {
      store: async () => ({ ok: true }) as const,
      keep: (record: CostRecord) => void kept.push(record),
      spent: async () => spent,
    };
    const caches = { runsOf: () => [...runs], tenantLabelsOf: () => undefined };
    const now = () => START + 3_600_000;
    await new CostRecords({ caches, ledger, prices: PRICES, now }).keepDeleted({ ...subject, status });
    return kept;
  };

  test("is recorded with its pods that run, until now, and their calls", async () => {
    const runs = [{ ...run(subject, [running]), requests: { scrape: { milliCpu: 1000, bytes: 0 } } }];
    const spent = { amount: 1n, tokens: 70, calls: 2 };
    expect(await keptOf({ phase: "Running" }, runs, spent)).toMatchObject([
      {
        ...{ phase: "Deleted", ended: timeAt(3600), tenant: "tenant-demo" },
        cost: { parts: { cpu: PRICES.cpuHour, model: "0.000000001" }, modelCalls: 2, tokens: { unreported: 70 } },
      },
    ]);
  });

  test("is recorded with what its status says where its Workflow is gone first", async () => {
    const { cost } = ending().status;
    if (!cost) throw new Error("there is no cost");
    expect(await keptOf({ phase: "Running", cost }, [])).toMatchObject([{ cost }]);
    expect(await keptOf({ phase: "Running" }, [])).toEqual([]);
  });

  test("is not where its end was recorded", async () => {
    expect(await keptOf(ending({ recorded: { ok: true } }).status, [ended])).toEqual([]);
    expect(await keptOf(ending(failing).status, [ended])).toMatchObject([{ phase: "Completed" }]);
  });
});

describe("in a whole life", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const [scenario] = nonEmpty(SCENARIOS.filter(({ deleted }) => deleted)) as [Scenario];

  test("a ledger that is away for ten minutes loses nothing: the workload is deleted once it is recorded", async () => {
    const life = await playScenario(scenario, { ledgerDownSeconds: 600 });
    expect(life).toMatchObject({
      phase: "Completed",
      deleted: true,
      records: [{ name: "prices", phase: "Completed" }],
    });
    expect(life.records[0]?.second).toBeGreaterThanOrEqual(600);
    expect(life.seconds).toBeGreaterThanOrEqual(600);
    expect(life.conditions).toContain("CostRecorded=False");
  });

  test("calls of attempts that were killed are in the cost: the gateway has booked them", async () => {
    const spent = { amount: 5_000_000n, tokens: 900, calls: 3 };
    const life = await playScenario(scenario, { spent });
    expect(life.records).toMatchObject([
      { cost: { parts: { model: "0.005" }, modelCalls: 3, tokens: { input: 0, output: 0, unreported: 900 } } },
    ]);
  });

  test("what somebody deletes before its end is recorded with what it cost until then", async () => {
    const life = await playScenario({ ...scenario, spec: { approval: { mode: "manual" } } }, { deletedAfter: 10 });
    expect(life.records).toMatchObject([{ name: "prices", phase: "Deleted" }]);
  });
});

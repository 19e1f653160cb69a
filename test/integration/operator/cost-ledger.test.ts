// The ledger of costs in a real Postgres: each workload's record once, and the month's report from them.
import type { CostReport } from "@agentic/api/cost-report.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../../operator/config.ts";
import type { CostRecord } from "../../../operator/decide/cost-record.ts";
import type { Ledger } from "../../../operator/ledger/ledger.ts";
import { type ReportServer, serveReports } from "../../../operator/ledger/report-server.ts";
import { openLedger } from "../agents/ledger.ts";
import { startPostgres } from "../agents/services.ts";

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let ledger: Ledger;
let server: ReportServer;
const opened: ReturnType<typeof openLedger>[] = [];

function open(): Ledger {
  const one = openLedger(postgres);
  opened.push(one);
  return one.ledger;
}

beforeAll(async () => {
  postgres = await startPostgres();
  ledger = open();
  server = await serveReports(0, ledger);
}, 60_000);
afterAll(async () => {
  await server?.close();
  for (const one of opened) await one.close();
  await postgres?.stop();
});

let count = 0;
function record(
  more: Partial<CostRecord> = {},
  parts: Record<string, string> = { cpu: "0.25", model: "1.5" },
): CostRecord {
  return {
    uid: `uid-${++count}`,
    name: "prices",
    namespace: "tenant-demo",
    tenant: "demo",
    team: "shop",
    costCenter: "cc-7",
    template: "visual-analysis-template",
    phase: "Completed",
    ended: "2026-03-15T12:00:00Z",
    cost: {
      currency: "USD",
      total: "1.75",
      parts,
      modelCalls: 4,
      tokens: { input: 1000, output: 100, unreported: 5 },
      prices: "on-premises 2026-11",
    },
    steps: [],
    ...more,
  };
}

async function ask(month: string): Promise<{ status: number; body: CostReport & { error?: string } }> {
  const answer = await fetch(`http://127.0.0.1:${server.port}/costs?month=${month}`);
  return { status: answer.status, body: (await answer.json()) as CostReport };
}

describe("the ledger", () => {
  test("keeps the first record of each workload, whoever writes it how often", async () => {
    const other = open();
    const first = record({ ended: "2026-01-10T00:00:00Z" });
    const writes = [ledger, other, ledger, other].map((of) => of.store(first));
    expect(await Promise.all(writes)).toEqual([{ ok: true }, { ok: true }, { ok: true }, { ok: true }]);
    await ledger.store({ ...first, phase: "Deleted", cost: { ...first.cost, parts: { cpu: "99" } } });
    await other.close();
    const { groups } = (await ask("2026-01")).body;
    expect(groups).toMatchObject([{ workloads: 1, parts: { cpu: "250000000", model: "1500000000", memory: "0" } }]);
  });

  test("says why it keeps nothing while the database is away, and goes on when it is back", async () => {
    const own = open();
    const late = record({ ended: "2026-02-10T00:00:00Z" });
    await own.store(record({ ended: "2026-02-09T00:00:00Z" }));
    await postgres.pause();
    const refused = await own.store(late);
    expect(refused).toMatchObject({ ok: false, error: expect.stringMatching(/ECONNREFUSED|terminat/) });
    expect((await ask("2026-02")).status).toBe(503);
    await postgres.resume();
    // A record that no status asks for is tried again by itself.
    own.keep(late);
    await expect.poll(async () => (await ask("2026-02")).body.groups?.[0]?.workloads, { timeout: 30_000 }).toBe(2);
    await own.close();
    expect(await own.store(late)).toMatchObject({ ok: false });
  });
});

describe("a month's report", () => {
  test("sums exactly by tenant, team, cost centre, template and currency, and by day, from the month's first moment to its last", async () => {
    const halves = { cpu: "0.000000001", memory: "0", model: "999999999.5", storage: "0", browser: "0" };
    await Promise.all(
      [
        record({ ended: "2026-02-28T23:59:59Z", tenant: "before" }),
        record({ ended: "2026-03-01T00:00:00Z" }, halves),
        record({ ended: "2026-03-31T23:59:59Z" }, halves),
        record({ template: "other" }),
        record({ tenant: "blue", team: "", costCenter: "" }),
        record({ ended: "2026-04-01T00:00:00Z", tenant: "later" }),
      ].map(async (one) => expect(await ledger.store(one)).toEqual({ ok: true })),
    );
    const { status, body } = await ask("2026-03");
    expect(status).toBe(200);
    expect(body.groups.map(({ tenant, template, workloads }) => [tenant, template, workloads])).toEqual([
      ["blue", "visual-analysis-template", 1],
      ["demo", "other", 1],
      ["demo", "visual-analysis-template", 2],
    ]);
    expect(body.groups[2]).toMatchObject({
      team: "shop",
      costCenter: "cc-7",
      currency: "USD",
      prices: ["on-premises 2026-11"],
      parts: { cpu: "2", memory: "0", model: "1999999999000000000", storage: "0", browser: "0" },
      modelCalls: 8,
      tokens: { input: 2000, output: 200, unreported: 10 },
    });
    expect(body.days).toEqual([
      { day: "2026-03-01", tenant: "demo", currency: "USD", amount: "999999999500000001" },
      { day: "2026-03-15", tenant: "blue", currency: "USD", amount: "1750000000" },
      { day: "2026-03-15", tenant: "demo", currency: "USD", amount: "1750000000" },
      { day: "2026-03-31", tenant: "demo", currency: "USD", amount: "999999999500000001" },
    ]);
  });

  test("says what 95 of 100 attempts have used, and what the latest of them were given", async () => {
    const step = (n: number) => ({
      step: "scrape",
      milliCpu: 50,
      bytes: 2 ** 28,
      ms: 2000,
      cpuMs: n,
      memoryBytes: n * 1e6,
    });
    const attempts = Array.from({ length: 100 }, (_, i) => step(i + 1));
    await ledger.store(record({ ended: "2026-05-01T00:00:00Z", steps: attempts.slice(0, 99) }));
    const changed = { ...step(100), milliCpu: 70 };
    await ledger.store(record({ ended: "2026-05-02T00:00:00Z", steps: [changed] }));
    expect((await ask("2026-05")).body.steps).toEqual([
      {
        template: "visual-analysis-template",
        step: "scrape",
        attempts: 100,
        milliCpu: { requested: 70, p95: 48 },
        bytes: { requested: 2 ** 28, p95: 95e6 },
      },
    ]);
  });

  test("is of one month, and of nothing else", async () => {
    expect(await ask("2026-13")).toMatchObject({ status: 400, body: { error: expect.stringContaining("'2026-13'") } });
    expect(await ask("2026-12")).toMatchObject({ status: 200, body: { groups: [], days: [], steps: [] } });
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(404);
  });
});

test("settings that don't fit are refused at the operator's start, each by its name", () => {
  const env = { PGHOST: "postgres", PGUSER: "model-gateway", LEDGER_PASSWORD_FILE: "/password" };
  expect(readConfig({}).ledger).toBeUndefined();
  const tls = { PGSSLMODE: "verify-ca", PGSSLROOTCERT: "/ca.crt" };
  expect(readConfig({ ...env, ...tls }).ledger).toEqual({
    ...{ host: "postgres", port: 5432, user: "model-gateway", database: "model-gateway", passwordFile: "/password" },
    tls: { caFile: "/ca.crt", verifiesName: false },
  });
  for (const [wrong, name] of [
    [{ LEDGER_PASSWORD_FILE: "" }, "LEDGER_PASSWORD_FILE"],
    [{ PGSSLMODE: "prefer" }, "PGSSLMODE"],
    [{ PGSSLMODE: "verify-full" }, "PGSSLROOTCERT"],
  ] as const)
    expect(() => readConfig({ ...env, ...wrong })).toThrow(name);
});

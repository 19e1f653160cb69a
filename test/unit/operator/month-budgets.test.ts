// What a tenant's people are told of its budget of the month: what the ledger has, written once, and read as it is meant.
import { MONTH_BUDGET_CONFIG_MAP, monthBudgetData, readMonthBudget } from "@agentic/api/month-budget.ts";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { type MonthBudgetsOptions, MonthBudgetTeller } from "../../../operator/ledger/month-budgets.ts";
import { type Answer, fakeApi } from "../kube/fake-api.ts";

const NOVEMBER = Date.parse("2026-11-30T23:59:59Z");
const DECEMBER = NOVEMBER + 1000;
const budgets = { "tenant-demo": { amount: "250", calls: 10 }, "tenant-new": { tokens: 1000 } };

describe("the operator", () => {
  let api: Awaited<ReturnType<typeof fakeApi>>;
  afterEach(async () => await api.close());

  async function start(ledger: MonthBudgetsOptions["ledger"]["query"], answer: Answer = {}) {
    api = await fakeApi(() => answer);
    const clock = { now: NOVEMBER };
    const log = pino({ level: "silent" });
    const query = ledger as MonthBudgetsOptions["ledger"]["query"];
    const teller = new MonthBudgetTeller({
      ...{ client: api.client, ledger: { query }, budgets, currency: "USD", log },
      now: () => clock.now,
    });
    const told = () => api.requests.splice(0).map(({ path, body }) => [path, (body as { data: object }).data]);
    return { teller, clock, told };
  }
  const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps/${MONTH_BUDGET_CONFIG_MAP}`;
  const rows: Record<string, unknown[]> = {
    "2026-11": [
      { id: "tenant:demo:2026-11", amount: "212500000000", tokens: "70", calls: "7" },
      { id: "tenant:unlimited:2026-11", amount: "1", tokens: "1", calls: "1" },
    ],
  };

  test("writes what is used for each tenant with a budget, and again only what has changed", async () => {
    const { teller, clock, told } = await start(
      (async (_: string, [month]: string[]) => rows[month ?? ""] ?? []) as never,
    );
    await teller.tell();
    const november = { month: "2026-11", currency: "USD" };
    expect(told().sort()).toEqual([
      [
        pathOf("tenant-demo"),
        {
          ...november,
          amount: "250",
          "used-amount": "212.5",
          calls: "10",
          "used-calls": "7",
          tokens: null,
          "used-tokens": null,
        },
      ],
      [
        pathOf("tenant-new"),
        {
          ...november,
          tokens: "1000",
          "used-tokens": "0",
          amount: null,
          "used-amount": null,
          calls: null,
          "used-calls": null,
        },
      ],
    ]);
    await teller.tell();
    expect(told()).toEqual([]);
    clock.now = DECEMBER;
    await teller.tell();
    expect(told()).toContainEqual([
      pathOf("tenant-demo"),
      expect.objectContaining({ month: "2026-12", "used-amount": "0" }),
    ]);
  });

  test("tries again what was refused, and knows that there is no table before the gateway's first call", async () => {
    const { teller, told } = await start(
      () => Promise.reject(Object.assign(new Error("no table"), { code: "42P01" })),
      {
        code: 404,
      },
    );
    await teller.tell();
    await teller.tell();
    expect(told()).toHaveLength(4);
  });

  test("says nothing where the ledger can't be asked", async () => {
    const { teller, told } = await start(() => Promise.reject(new Error("away")));
    await expect(teller.tell()).rejects.toThrow("away");
    expect(told()).toEqual([]);
  });
});

describe("a reader", () => {
  const used = { amount: 212_500_000_000n, tokens: 5n, calls: 12n };
  const data = monthBudgetData({ amount: "250", calls: 10 }, used, { month: "2026-11", currency: "USD" });
  const written = Object.fromEntries(
    Object.entries(data).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  );

  test("sees what is used and left of each limit", () => {
    expect(readMonthBudget(written, NOVEMBER)).toEqual({
      ...{ month: "2026-11", currency: "USD" },
      uses: [
        { limit: "amount", most: "250", used: "212.5", left: "37.5", ratio: 0.85 },
        { limit: "calls", most: "10", used: "12", left: "0", ratio: 1.2 },
      ],
    });
  });

  test("of another month sees nothing used, and nothing at all before it is written", () => {
    expect(readMonthBudget(written, DECEMBER)?.uses[0]).toMatchObject({ used: "0", left: "250" });
    expect(readMonthBudget({}, NOVEMBER)).toBeUndefined();
    expect(readMonthBudget(undefined, NOVEMBER)).toBeUndefined();
  });
});

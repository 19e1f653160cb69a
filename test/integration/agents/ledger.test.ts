// The ledger of budgets without the gateway: what ends with the month, and what a gateway held that died.
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ledgerEnvironment } from "./ledger.ts";
import { litellm } from "./model-gateway.ts";
import { startPostgres } from "./services.ts";

let postgres: Awaited<ReturnType<typeof startPostgres>>;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

/** Runs the ledger without the gateway. */
function python(script: string): unknown {
  const folder = resolve("components/data/litellm");
  const program = `import asyncio, json, sys
sys.path.insert(0, ${JSON.stringify(folder)})
from datetime import datetime, timezone
import budgets, ledger
async def main():
    book = ledger.Ledger(HOLD)
${script.replaceAll(/^/gm, "    ")}
print(json.dumps(asyncio.run(main())))`;
  const text = execFileSync(join(litellm(), "bin", "python"), ["-c", program.replace("HOLD", "600")], {
    env: {
      ...process.env,
      ...ledgerEnvironment(postgres),
      PYTHONDONTWRITEBYTECODE: "1",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
    },
  });
  return JSON.parse(text.toString());
}

test("a tenant's budget begins anew with the month", () => {
  expect(
    python(`async def call(month):
    try:
        booked = budgets.accounts("monthly", {"calls": 1}, None, datetime(2026, month, 30, 23, 59, tzinfo=timezone.utc))
        await book.settle(await book.hold(booked, 5, 5), 5, 5)
        return "made"
    except ledger.OverBudget as error:
        return str(error)
return [await call(11), await call(11), await call(12)]`),
  ).toEqual(["made", expect.stringContaining("tenant monthly in 2026-11 may spend 1 (calls); 1 is spent"), "made"]);
});

test("what a gateway held that died is booked in full, once its time is over", () => {
  expect(
    python(`dying = ledger.Ledger(0)
account = ledger.Account("tenant:dying", "dying")
hold = await dying.hold([account], 70, 7)
await asyncio.sleep(0.1)
before = (await book.spent([account.id]))[account.id]
ledger.REAP_EVERY = 0
await book.release(await book.hold([account], 1, 1))
late = await book.settle(hold, 1, 1)
return [before, (await book.spent([account.id]))[account.id]]`),
  ).toEqual([
    [0, 70, 0, 7, 0, 1],
    [70, 0, 7, 0, 1, 0],
  ]);
});

// Amounts are exact: as decimals, in sums, and rounded in one place only.
import { formatAmount, parseAmount, share } from "@agentic/api/money.ts";
import { browserMinute, PRICE_TABLES } from "@agentic/api/price-tables.ts";
import { costOf, type Prices, total } from "@agentic/api/prices.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const prices: Prices = {
  ...PRICE_TABLES["on-premises"],
  table: "on-premises",
  browserMinute: browserMinute(PRICE_TABLES["on-premises"]),
  models: { default: { input: "2.5", output: "10" } },
  retentionDays: 30,
};

describe("an amount", () => {
  test("is read and written without loss", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), (nano) => {
        expect(parseAmount(formatAmount(nano))).toBe(nano);
      }),
    );
  });

  test.each(["", "-1", "1.", ".5", "1e3", "1,5", "0.1234567891", "01"])("isn't %j", (text) => {
    expect(() => parseAmount(text)).toThrow("is not an amount such as 0.0445");
  });

  test("is rounded half up to a billionth, and by at most half of one", () => {
    expect([share(1n, 1n, 2n), share(1n, 49n, 100n), share(3n, 1n, 2n)]).toEqual([1n, 0n, 2n]);
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 12n), fc.bigInt(0n, 10n ** 9n), fc.bigInt(1n, 10n ** 9n), (price, a, b) => {
        const error = 2n * (share(price, a, b) * b - price * a);
        expect(error <= b && error > -b - 1n).toBe(true);
      }),
    );
  });
});

test("ten million calls of a tenth of a cent are exactly ten thousand, which floating point misses", () => {
  const price = parseAmount("0.001");
  let sum = 0n;
  let float = 0;
  for (let i = 0; i < 10_000_000; i++) {
    sum += price;
    float += 0.001;
  }
  expect(formatAmount(sum)).toBe("10000");
  expect(float).not.toBe(10_000);
});

test("each kind of use has its price", () => {
  const parts = costOf(
    {
      milliCpuMs: 500n * 7_200_000n,
      byteMs: BigInt(2 ** 30) * 3_600_000n,
      browserMs: 120_000n,
      storedBytes: BigInt(2 ** 30),
      tokens: { default: { input: 1_000_000n, output: 200_000n }, unknown: { input: 5n, output: 5n } },
    },
    prices,
  );
  expect(Object.fromEntries(Object.entries(parts).map(([kind, amount]) => [kind, formatAmount(amount)]))).toEqual({
    cpu: "0.0128",
    memory: "0.0016",
    model: "4.5",
    storage: "0.01",
    browser: "0.00048",
  });
  expect(formatAmount(total(parts))).toBe("4.52488");
});

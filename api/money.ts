// Exact amounts of money: whole billionths of the currency's unit, as integers; never floating-point sums.

/** Billionths of one unit of the currency. */
export type Nano = bigint;

const DIGITS = 9;
const UNIT = 10n ** BigInt(DIGITS);

/** How an amount is written: no sign, at most nine digits after the point. */
export const AMOUNT_PATTERN = `^(0|[1-9]\\d{0,8})(\\.\\d{1,${DIGITS}})?$`;

const amount = new RegExp(AMOUNT_PATTERN);

/** The amount of a decimal such as `0.0445`; throws for anything else, and for more than nine digits after the point. */
export function parseAmount(text: string): Nano {
  if (!amount.test(text)) throw new Error(`'${text}' is not an amount such as 0.0445`);
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole) * UNIT + BigInt(fraction.padEnd(DIGITS, "0"));
}

/** The decimal of an amount, without zeros at its end. */
export function formatAmount(nano: Nano): string {
  const sign = nano < 0n ? "-" : "";
  const digits = String(nano < 0n ? -nano : nano).padStart(DIGITS + 1, "0");
  const fraction = digits.slice(-DIGITS).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -DIGITS)}${fraction ? `.${fraction}` : ""}`;
}

/** `price × numerator / denominator`, rounded half up to a billionth: the one place where anything is rounded. */
export function share(price: Nano, numerator: bigint, denominator: bigint): Nano {
  return (2n * price * numerator + denominator) / (2n * denominator);
}

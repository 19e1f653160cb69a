// The estimate of what a run costs, as a template's annotation carries it.
import { AMOUNT_PATTERN, formatAmount, parseAmount } from "./money.ts";

/** Amounts are decimals in `currency`. */
export interface CostEstimate {
  currency: string;
  /** Of a run of one page. */
  first: string;
  /** Of each further page. */
  further: string;
  /** Table of prices and its month. */
  prices: string;
}

/** The annotation's value. */
export function estimateText({ currency, first, further, prices }: CostEstimate): string {
  return `${first} ${currency} for one page, ${further} ${currency} for each further one (${prices})`;
}

const pattern = /^(\S+) ([A-Z]{3}) for one page, (\S+) \2 for each further one \((.+)\)$/;

/** The estimate that an annotation's value holds; undefined where it holds none. */
export function parseEstimate(text = ""): CostEstimate | undefined {
  const [, first = "", currency = "", further = "", prices = ""] = pattern.exec(text) ?? [];
  const amount = new RegExp(AMOUNT_PATTERN);
  return amount.test(first) && amount.test(further) ? { currency, first, further, prices } : undefined;
}

/** What so many pages are likely to cost. */
export function estimateFor(pages: number, { first, further }: CostEstimate): string {
  return formatAmount(parseAmount(first) + BigInt(Math.max(0, pages - 1)) * parseAmount(further));
}

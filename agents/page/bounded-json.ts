// JSON from a page, small enough to keep: as deep and as long as descriptions of pages are, and text that stores take.
import { clean, cut } from "@agentic/api/text.ts";

const MAX_DEPTH = 32;
const MAX_KEY = 200;
const MAX_STRING = 2_000;

/** What stands for what was left out. */
const LEFT_OUT = "…";

/** Values that may still be kept; shared by all blocks of a page. */
export interface JsonBudget {
  values: number;
}

/** A copy of the value within bounds, and whether anything was left out. */
export function boundedJson(value: unknown, budget: JsonBudget): { value: unknown; isCut: boolean } {
  let isCut = false;
  const short = (text: string, max: number): string => {
    const kept = cut(clean(text), max, LEFT_OUT);
    isCut ||= text.length > max;
    return kept;
  };
  const leaveOut = () => {
    isCut = true;
    return LEFT_OUT;
  };
  const copy = (one: unknown, depth: number): unknown => {
    if (typeof one === "string") return short(one, MAX_STRING);
    if (typeof one !== "object" || one === null) return one;
    if (depth >= MAX_DEPTH) return leaveOut();
    const entries = Object.entries(one);
    const kept = entries.slice(0, Math.max(budget.values, 0));
    budget.values -= kept.length;
    isCut ||= kept.length < entries.length;
    if (Array.isArray(one)) return kept.map(([, inner]) => copy(inner, depth + 1));
    return Object.fromEntries(kept.map(([key, inner]) => [short(key, MAX_KEY), copy(inner, depth + 1)]));
  };
  return { value: copy(value, 0), isCut };
}

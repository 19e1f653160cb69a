// JSON from a page within limits of depth and length, with text that stores accept.
import { clean, cut } from "@agentic/api/text.ts";

const MAX_DEPTH = 32;
const MAX_KEY = 200;
const MAX_STRING = 2_000;

/** The placeholder for what is left out. */
const LEFT_OUT = "…";

/** How many values may still be copied; shared by all JSON-LD blocks of a page. */
export interface JsonBudget {
  values: number;
}

/** A copy of the value within the limits, and whether anything was left out. */
export function boundedJson(value: unknown, budget: JsonBudget): { value: unknown; isCut: boolean } {
  let isCut = false;
  const short = (text: string, max: number): string => {
    const shortened = cut(clean(text), max, LEFT_OUT);
    isCut ||= text.length > max;
    return shortened;
  };
  const leaveOut = () => {
    isCut = true;
    return LEFT_OUT;
  };
  const copy = (part: unknown, depth: number): unknown => {
    if (typeof part === "string") return short(part, MAX_STRING);
    if (typeof part !== "object" || part === null) return part;
    if (depth >= MAX_DEPTH) return leaveOut();
    const entries = Object.entries(part);
    const included = entries.slice(0, Math.max(budget.values, 0));
    budget.values -= included.length;
    isCut ||= included.length < entries.length;
    if (Array.isArray(part)) return included.map(([, inner]) => copy(inner, depth + 1));
    return Object.fromEntries(included.map(([key, inner]) => [short(key, MAX_KEY), copy(inner, depth + 1)]));
  };
  return { value: copy(value, 0), isCut };
}

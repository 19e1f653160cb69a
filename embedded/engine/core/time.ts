// Reads and writes durations and timestamps like Go.
import { type AnyString, SpecError } from "./types.ts";

const UNITS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };

/** The longest duration of Go, which counts nanoseconds in 64 bits: 292 years. Added to the time of a workflow it is still a valid Date. */
export const LONGEST_DURATION_MS = 2 ** 63 / 1e6;

function milliseconds(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text) * 1000;
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (!match?.[2])
    throw new SpecError(`unable to parse ${JSON.stringify(text)} as a duration: use seconds, or a form such as 1m30s`);
  let total = 0;
  for (const [, amount, unit] of match[2].matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit ?? ""] ?? 0);
  }
  return match[1] === "-" ? -total : total;
}

/**
 * Milliseconds of `300` (seconds) or of a Go duration such as `1m30s`; they may be negative. Throws a SpecError, with the field where
 * one is given, for any other text and for durations that are too long for Go.
 */
export function parseDuration(value: AnyString, field?: string): number {
  const prefix = field === undefined ? "" : `${field}: `;
  const text = String(value);
  try {
    const duration = milliseconds(text);
    if (Math.abs(duration) <= LONGEST_DURATION_MS) return duration;
  } catch (error) {
    throw error instanceof SpecError ? new SpecError(`${prefix}${error.message}`) : error;
  }
  const hours = Math.floor(LONGEST_DURATION_MS / 3600e3);
  throw new SpecError(`${prefix}${JSON.stringify(text.slice(0, 40))} is too long a duration: the longest is ${hours}h`);
}

/** Epoch milliseconds of a timestamp in a status. Throws a SpecError with the field for any other text. */
export function parseTimestamp(text: string | undefined, field: string): number {
  const at = Date.parse(text ?? "");
  if (Number.isNaN(at)) throw new SpecError(`${field}: ${JSON.stringify(text ?? "")} is not a valid timestamp`);
  return at;
}

/** A duration in Argo's words, as in "Backoff for 2 minutes 0 seconds". */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [`${seconds % 60} seconds`];
  if (seconds >= 60) parts.unshift(`${Math.floor(seconds / 60) % 60} minutes`);
  if (seconds >= 3600) parts.unshift(`${Math.floor(seconds / 3600) % 24} hours`);
  if (seconds >= 86400) parts.unshift(`${Math.floor(seconds / 86400)} days`);
  return parts.join(" ");
}

/** A timestamp of Kubernetes, which has no fractions of a second. */
export const timestamp = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

/** The value of `{{workflow.creationTimestamp.X}}` (UTC), where X is a character of strftime; undefined for an unknown one. */
export function strftime(date: Date, char: string): string | undefined {
  const two = (n: number) => String(n).padStart(2, "0");
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  const hour = date.getUTCHours();
  const forms: Record<string, () => string> = {
    Y: () => String(year),
    y: () => two(year % 100),
    C: () => two(Math.floor(year / 100)),
    m: () => two(month + 1),
    d: () => two(date.getUTCDate()),
    e: () => String(date.getUTCDate()).padStart(2, " "),
    H: () => two(hour),
    I: () => two(hour % 12 || 12),
    M: () => two(date.getUTCMinutes()),
    S: () => two(date.getUTCSeconds()),
    p: () => (hour < 12 ? "AM" : "PM"),
    A: () => DAYS[date.getUTCDay()] ?? "",
    a: () => (DAYS[date.getUTCDay()] ?? "").slice(0, 3),
    B: () => MONTHS[month] ?? "",
    b: () => (MONTHS[month] ?? "").slice(0, 3),
    h: () => (MONTHS[month] ?? "").slice(0, 3),
    j: () =>
      String(Math.floor((Date.UTC(year, month, date.getUTCDate()) - Date.UTC(year, 0, 0)) / 86400e3)).padStart(3, "0"),
    F: () => `${year}-${two(month + 1)}-${two(date.getUTCDate())}`,
    T: () => `${two(hour)}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`,
    R: () => `${two(hour)}:${two(date.getUTCMinutes())}`,
    D: () => `${two(month + 1)}/${two(date.getUTCDate())}/${two(year % 100)}`,
    s: () => String(Math.floor(date.getTime() / 1000)),
  };
  return forms[char]?.();
}

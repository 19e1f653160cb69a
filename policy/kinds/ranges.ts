// Ranges of IP addresses, and whether they are the internet.
import { GLOBAL_IPV6, PRIVATE_IPV4, SPECIAL_IPV4, SPECIAL_IPV6 } from "@agentic/api/addresses.ts";
import { Address4, Address6, AddressError } from "ip-address";
import type { Report } from "../rule.ts";
import { gather } from "../unknown.ts";

/** A range in CIDR notation, and the parts of it that it leaves out. */
export interface Range {
  cidr: string;
  except?: readonly string[];
}

/** First and last address. */
type Span = readonly [first: bigint, last: bigint];

/**
 * Whether ranges together are at least a third of all addresses, or of those that are on the internet, in IPv4 or in IPv6: half of
 * `0.0.0.0/0` is, either one. What isn't a range counts as none.
 */
export function areEverywhere(ranges: readonly Range[]): boolean {
  const ipv6 = left(ranges, spanOf6);
  const ipv4 = merged([...left(ranges, spanOf4), ...embedding.flatMap((holder) => embeddedIn(ipv6, holder))]);
  const isMuch = (spans: readonly Span[], wholes: readonly (readonly Span[])[]) =>
    wholes.some((whole) => sizeOf(without(whole, without(whole, spans))) * 3n >= sizeOf(whole));
  return isMuch(ipv4, [all4, public4]) || isMuch(ipv6, [all6, public6]);
}

/** How a list of ranges is read, and where its faults are reported. */
interface RangeList<T> {
  rangeOf: (item: T) => Range;
  pathOf: (item: T, i: number) => string;
  /** Of the whole list. */
  path: string;
  /** What would be right. */
  right: string;
  report: Report;
}

/**
 * Reports each range that is everywhere by itself, at its path; and at the path of the list where the others are together, as the
 * four quarters of the internet are.
 */
export function checkRanges<T>(list: readonly T[], { rangeOf, pathOf, path, right, report }: RangeList<T>): void {
  const others = gather(list, (item, i) => {
    const range = rangeOf(item);
    if (!areEverywhere([range])) return [range];
    report(pathOf(item, i), `${range.cidr} is the whole internet`, right);
    return [];
  });
  if (areEverywhere(others)) report(path, "its ranges together are the whole internet", right);
}

const spanOf4 = (cidr: string): Span[] => spanOf(() => new Address4(cidr));
const spanOf6 = (cidr: string): Span[] => spanOf(() => new Address6(cidr));

/** A range's first and last address; nothing where the text is no range of that family. */
function spanOf(read: () => Address4 | Address6): Span[] {
  try {
    const range = read();
    return [[range.startAddress().bigInt(), range.endAddress().bigInt()]];
  } catch (error) {
    if (error instanceof AddressError) return [];
    throw error;
  }
}

/** What ranges have of one family, less what each leaves out. */
const left = (ranges: readonly Range[], read: (cidr: string) => Span[]): Span[] =>
  merged(
    ranges.flatMap(({ cidr, except = [] }) =>
      without(read(cidr.trim()), merged(except.flatMap((part) => read(part.trim())))),
    ),
  );

/** In order, with none that meets another. */
function merged(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const [first, last] of spans.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const before = found.at(-1);
    if (before === undefined || first > before[1] + 1n) found.push([first, last]);
    else if (last > before[1]) found[found.length - 1] = [before[0], last];
  }
  return found;
}

/** Merged spans without others, which are merged as well. */
function without(spans: readonly Span[], removed: readonly Span[]): Span[] {
  const found: Span[] = [];
  let next = 0;
  for (const [first, last] of spans) {
    let start = first;
    while (next < removed.length && (removed[next]?.[1] ?? 0n) < first) next++;
    for (let i = next; i < removed.length; i++) {
      const [from, to] = removed[i] as Span;
      if (from > last) break;
      if (from > start) found.push([start, from - 1n]);
      if (to >= start) start = to + 1n;
    }
    if (start <= last) found.push([start, last]);
  }
  return found;
}

const sizeOf = (spans: readonly Span[]): bigint => spans.reduce((sum, [first, last]) => sum + last - first + 1n, 0n);

const all4 = spanOf4("0.0.0.0/0");
const all6 = spanOf6("::/0");
const public4 = without(all4, merged([...PRIVATE_IPV4, ...SPECIAL_IPV4].flatMap(spanOf4)));
const public6 = without(GLOBAL_IPV6.flatMap(spanOf6), merged(SPECIAL_IPV6.flatMap(spanOf6)));

/** Ranges of IPv6 that have all of IPv4 in them: mapped addresses, and those of NAT64 (RFC 6052). */
const embedding = ["::ffff:0:0/96", "64:ff9b::/96"].flatMap(spanOf6);

/** The IPv4 addresses that spans of IPv6 have in such a range. */
const embeddedIn = (spans: readonly Span[], [first, last]: Span): Span[] =>
  without([[first, last]], without([[first, last]], spans)).map(([from, to]) => [from - first, to - first]);

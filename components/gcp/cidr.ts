// Arithmetic with IPv4 ranges: overlapping ones are refused before a network is created.

/** First and last address of a range as numbers. */
interface Range {
  first: number;
  last: number;
}

/** Reads a range such as `10.0.0.0/20`. Throws an error that begins with `field` where the range is not valid or has bits set behind its mask. */
export function parseCidr(field: string, text: string): Range {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const parts = match?.slice(1).map(Number) ?? [];
  const length = parts[4] ?? 33;
  if (!match || length > 32 || parts.slice(0, 4).some((part) => part > 255))
    throw new Error(`${field}: '${text}' is not a valid IPv4 range such as 10.0.0.0/20`);
  const address = parts.slice(0, 4).reduce((sum, part) => sum * 256 + part, 0);
  const size = 2 ** (32 - length);
  if (address % size !== 0)
    throw new Error(
      `${field}: '${text}' begins inside its range: write ${dotted(address - (address % size))}/${length}`,
    );
  return { first: address, last: address + size - 1 };
}

/** Bits of a range's mask. */
export function prefixLength(text: string): number {
  return Number(text.split("/")[1]);
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Throws where two of the ranges share an address; the keys are the names of their fields. */
export function checkDisjoint(ranges: Readonly<Record<string, string>>): void {
  const parsed = Object.entries(ranges).map(([field, text]) => ({ field, text, ...parseCidr(field, text) }));
  for (const [i, a] of parsed.entries())
    for (const b of parsed.slice(i + 1))
      if (a.first <= b.last && b.first <= a.last)
        throw new Error(`${b.field}: ${b.text} overlaps ${a.field} ${a.text}: give each a range of its own`);
}

// Times as Kubernetes writes them, and in words as kubectl has them.

/** A time, milliseconds since the epoch, as Kubernetes writes it, to the second. */
export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** A duration in its two largest units, such as `2h5m`; `0s` for none or a negative one. */
export function spanOf(seconds: number): string {
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [unit, size] of UNITS) {
    if (left >= size) parts.push(`${Math.floor(left / size)}${unit}`);
    else if (parts.length > 0) break;
    left %= size;
    if (parts.length === 2) break;
  }
  return parts.join("") || "0s";
}

/** Time from one moment (RFC 3339) to another, or to now; "" where the first isn't known. */
export function since(from: string | undefined, to: string | undefined = undefined, now = Date.now()): string {
  const start = Date.parse(from ?? "");
  const end = to === undefined ? now : Date.parse(to);
  return Number.isNaN(start) || Number.isNaN(end) ? "" : spanOf((end - start) / 1000);
}

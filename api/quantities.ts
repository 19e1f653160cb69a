// Converts Kubernetes' quantities to numbers.

const units: Record<string, number> = {
  ...{ "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** Divisors of the units below one: factors such as 0.001 aren't exact, and 9m would be a little more than 0.009. */
const divisors: Record<string, number> = { m: 1e3, u: 1e6, n: 1e9 };

/**
 * The number that a quantity stands for, in the grammar of Kubernetes (apimachinery's resource.Quantity): bytes of `10Gi` or `1e3`, cores
 * of `500m`. NaN if the value is not a valid quantity.
 */
export function quantity(value: unknown): number {
  const grammar = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([KMGTPE]i|[numkMGTPE])?$/;
  const [, number, unit = ""] = grammar.exec(String(value)) ?? [];
  const divisor = divisors[unit];
  return divisor ? Number(number) / divisor : Number(number) * (units[unit] ?? Number.NaN);
}

// Kubernetes' quantities as numbers.

/** Cores of `2`, `0.5` or `500m`. */
export function cores(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}

const units: Record<string, number> = {
  ...{ "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** Bytes of `512Mi`, `20Gi`, `500M` or `1000`; NaN of what is none. */
export function bytes(quantity: string): number {
  const [, number, unit = ""] = /^([0-9.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number) * (units[unit] ?? Number.NaN);
}

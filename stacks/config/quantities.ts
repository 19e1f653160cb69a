// Kubernetes' quantities as numbers, as far as the config takes them.

/** Cores of `2`, `0.5` or `500m`. */
export function cores(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / 1000 : Number(quantity);
}

const units: Record<string, number> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

/** Bytes of `512Mi` or `20Gi`. */
export function bytes(quantity: string): number {
  return Number(quantity.replace(/[KMGT]i$/, "")) * (units[quantity.slice(-2)] ?? 1);
}

// The operator's metrics of a process in which there is nothing, for tests of something else.
import { createMetrics } from "../../../operator/metrics/metrics.ts";
import { populationOf } from "../../../operator/metrics/population.ts";

type State = Parameters<typeof createMetrics>[0];

export function quietMetrics(state: Partial<State> = {}) {
  return createMetrics({
    population: () => populationOf([], new Map(), 0),
    queue: () => ({ depth: 0, oldestSeconds: 0 }),
    access: () => ({ active: {}, overdue: 0 }),
    quotas: async () => [],
    ...state,
  });
}

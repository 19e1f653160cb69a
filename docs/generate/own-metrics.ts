// What metrics our own programs have: read from the registries that they serve.
import { Registry } from "prom-client";
import { Metrics as ConsoleMetrics } from "../../console/metrics.ts";
import { Metrics as EngineMetrics } from "../../embedded/engine/controller/metrics.ts";
import { createMetrics as receiverMetrics } from "../../embedded/receiver/metrics.ts";
import { createMetrics as operatorMetrics } from "../../operator/metrics/metrics.ts";

export interface OwnMetric {
  program: "operator" | "engine" | "receiver" | "console";
  name: string;
  type: string;
  labels: readonly string[];
  help: string;
}

/** A metric of a registry, as far as it tells what it is. */
interface Registered {
  name: string;
  help: string;
  labelNames?: readonly string[];
  constructor: { name: string };
}

const registries = {
  operator: () =>
    operatorMetrics({
      population: () => ({ groups: [], pendingSeconds: new Map(), gateSeconds: new Map(), templates: new Map() }),
      queue: () => ({ depth: 0, oldestSeconds: 0 }),
      access: () => ({ active: {}, overdue: 0 }),
      quotas: async () => [],
    }).registry,
  engine: () => new EngineMetrics({ workflows: () => [], pods: () => [], depth: () => 0, busy: () => 0 }).registry,
  receiver: () => receiverMetrics().registry,
  console: () => {
    const registry = new Registry();
    new ConsoleMetrics(registry, { away: undefined });
    return registry;
  },
};

/** Every metric of each program; those of Node's process are the same in all. */
export function ownMetrics(): OwnMetric[] {
  return Object.entries(registries).flatMap(([program, make]) => {
    const registered = make().getMetricsAsArray() as unknown as Registered[];
    return registered.map((metric) => ({
      program: program as OwnMetric["program"],
      name: metric.name,
      type: metric.constructor.name.toLowerCase(),
      labels: (metric.labelNames ?? []).filter((label) => label !== "le"),
      help: metric.help,
    }));
  });
}

/** Whether a metric is about Node's process. */
export const isOfProcess = ({ name }: OwnMetric): boolean => /^(process|nodejs)_/.test(name);

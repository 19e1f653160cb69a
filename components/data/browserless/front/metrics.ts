// The front's metrics in Prometheus' text format, on a port that no tenant reaches.
import { createServer, type Server } from "node:http";
import type { Shares } from "./shares.ts";

/** Requests that got no browser, by tenant and status of the answer; without a valid token the tenant is "". */
export class Refusals {
  readonly #counts = new Map<string, { tenant: string; status: number; count: number }>();

  add(tenant: string, status: number): void {
    const key = `${status} ${tenant}`;
    const entry = this.#counts.get(key) ?? { tenant, status, count: 0 };
    this.#counts.set(key, { ...entry, count: entry.count + 1 });
  }

  entries(): { tenant: string; status: number; count: number }[] {
    return [...this.#counts.values()];
  }
}

/** What is measured. */
export interface Measured {
  shares: Pick<Shares, "usage">;
  refusals: Pick<Refusals, "entries">;
  /** Names of all tenants: a tenant that has asked for nothing yet is 0, not absent. */
  tenants: readonly string[];
}

/** A label's value as the format writes it. */
const quoted = (value: string) => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;

interface Metric {
  name: string;
  type: "gauge" | "counter";
  help: string;
  samples: readonly { labels?: Record<string, string>; value: number }[];
}

function written({ name, type, help, samples }: Metric): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${quoted(text)}`);
    return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].map((line) => `${line}\n`).join("");
}

/** The page of metrics. */
export function metricsPage({ shares, refusals, tenants }: Measured): string {
  const { limits, running, waiting, started } = shares.usage();
  const byTenant = (counts: ReadonlyMap<string, number>) =>
    tenants.map((tenant) => ({ labels: { tenant }, value: counts.get(tenant) ?? 0 }));
  const metrics: Metric[] = [
    {
      name: "browserless_sessions",
      type: "gauge",
      help: "Browsers in use, by tenant.",
      samples: byTenant(running),
    },
    {
      name: "browserless_sessions_limit",
      type: "gauge",
      help: "Browsers at once that there can be.",
      samples: [{ value: limits.concurrency }],
    },
    {
      name: "browserless_queue",
      type: "gauge",
      help: "Requests that wait for a browser, by tenant.",
      samples: byTenant(waiting),
    },
    {
      name: "browserless_sessions_total",
      type: "counter",
      help: "Browsers that were given, by tenant.",
      samples: byTenant(started),
    },
    {
      name: "browserless_refusals_total",
      type: "counter",
      help: "Requests that got no browser, by tenant and HTTP status.",
      samples: refusals
        .entries()
        .map(({ tenant, status, count }) => ({ labels: { tenant, status: String(status) }, value: count })),
    },
  ];
  return metrics.map(written).join("");
}

/** The server of that page. */
export function metricsServer(measured: Measured): Server {
  return createServer((request, response) => {
    const found = request.url?.split("?")[0] === "/metrics";
    response
      .writeHead(found ? 200 : 404, { "content-type": "text/plain; version=0.0.4; charset=utf-8" })
      .end(found ? metricsPage(measured) : "there is /metrics\n");
  });
}

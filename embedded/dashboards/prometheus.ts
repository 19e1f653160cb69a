// Asks Prometheus for what the dashboards show.
import { request } from "node:https";
import type { dashboards } from "../../components/observability/dashboards/index.ts";
import { filled, type Panel, panelsOf } from "../../components/observability/dashboards/panels.ts";

/** Where Prometheus answers, and who signs its certificate (PEM). */
export interface PrometheusApi {
  url: string;
  ca: string;
}

/** A line of a panel: a value for each of the {@link Shown.times}, or null where there is none. */
export interface Line {
  name: string;
  values: (number | null)[];
}

/** A panel with what it shows; `refused` is the reason where Prometheus has none to give. */
export interface ShownPanel extends Omit<Panel, "queries"> {
  lines: Line[];
  refused?: string;
}

/** A dashboard with what it shows. */
export interface Shown {
  id: string;
  title: string;
  description: string;
  /** Seconds since the epoch. */
  times: number[];
  panels: ShownPanel[];
}

/** The time that is shown: seconds since the epoch, and between two values. */
export interface Times {
  from: number;
  to: number;
  step: number;
}

/** Points of a line: more than a panel has pixels for show nothing new. */
const POINTS = 240;

/** The last so many seconds, in steps of no less than a scrape's interval. */
export function timesOf(seconds: number, { now, interval }: { now: number; interval: number }): Times {
  const step = Math.max(interval, Math.ceil(seconds / POINTS));
  const to = Math.floor(now / step) * step;
  return { from: to - Math.floor(seconds / step) * step, to, step };
}

/** For how many of the last seconds Prometheus has anything, two scrapes at least: a new instance has minutes, of six hours. */
export async function secondsKept(
  api: PrometheusApi,
  { most, now, interval }: { most: number; now: number; interval: number },
): Promise<number> {
  const [scraped] = await ask(api, "count(up)", timesOf(most, { now, interval }));
  const first = scraped?.values[0]?.[0] ?? now;
  return Math.min(most, Math.max(now - first, 2 * interval));
}

interface Series {
  metric: Record<string, string>;
  values: [number, string][];
}

/** All values of a query in this time. Throws with Prometheus' words where it refuses the query. */
async function ask({ url, ca }: PrometheusApi, query: string, { from, to, step }: Times): Promise<Series[]> {
  const parameters = new URLSearchParams({ query, start: `${from}`, end: `${to}`, step: `${step}` });
  const text = await new Promise<string>((resolve, reject) => {
    request(`${url}/api/v1/query_range?${parameters}`, { ca, timeout: 30_000 }, async (answer) => {
      try {
        resolve(Buffer.concat(await answer.toArray()).toString());
      } catch (error) {
        reject(error);
      }
    })
      .on("timeout", function (this: ReturnType<typeof request>) {
        this.destroy(new Error(`${url} has not answered within 30 s`));
      })
      .on("error", reject)
      .end();
  });
  const { data, error } = JSON.parse(text) as { data?: { result: Series[] }; error?: string };
  if (!data) throw new Error(error ?? `${url} answers without data`);
  return data.result;
}

/** A dashboard's panels with what Prometheus has for them. A panel that it refuses says so, and the others are shown. */
export async function show(
  api: PrometheusApi,
  dashboard: (typeof dashboards)[number],
  { times, interval }: { times: Times; interval: number },
): Promise<Shown> {
  const { uid: id = "", title = "", description = "" } = dashboard;
  const { from, to, step } = times;
  // As Grafana chooses it: wide enough for a rate wherever a scrape is late.
  const window = Math.max(4 * interval, step + interval);
  const windows = { interval: `${window}s`, range: `${to - from}s` };
  const grid = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
  const panels = panelsOf(dashboard).map(async ({ queries, ...panel }): Promise<ShownPanel> => {
    try {
      const answers = await Promise.all(
        queries.map(async ({ expr, legend }) =>
          (await ask(api, filled(expr, windows), times)).map((series) => line(series, legend, grid)),
        ),
      );
      return { ...panel, lines: answers.flat() };
    } catch (error) {
      return { ...panel, lines: [], refused: (error as Error).message };
    }
  });
  return { id, title, description, times: grid, panels: await Promise.all(panels) };
}

function line({ metric, values }: Series, legend: string, grid: readonly number[]): Line {
  const at = new Map(values.map(([time, value]) => [time, Number(value)]));
  return {
    name: legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => metric[label] ?? ""),
    // What a quantile is of nothing, or infinite, can't be drawn.
    values: grid.map((time) => {
      const value = at.get(time);
      return value === undefined || !Number.isFinite(value) ? null : value;
    }),
  };
}

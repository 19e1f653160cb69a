// Prometheus of the platform under test, asked as a person on this machine asks it.
import { kubectl } from "../../../embedded/cli/cluster.ts";
import { answerOf, metricsPort, space } from "./loopback.ts";
import { platform } from "./platform.ts";

export { space } from "./loopback.ts";

export interface Series {
  metric: Record<string, string>;
  value: [number, string];
}

/** What Prometheus answers on this machine's loopback, its certificate checked. `time` is in seconds since the epoch, default now. */
export async function ask(query: string, time?: number): Promise<Series[]> {
  const parameters = new URLSearchParams({ query, ...(time === undefined ? {} : { time: String(time) }) });
  return JSON.parse(await answerOf("prometheus", metricsPort, `/api/v1/query?${parameters}`)).data.result;
}

/** The first value of the answer, or NaN where there is none. */
export const value = async (query: string, time?: number): Promise<number> =>
  Number((await ask(query, time).catch(() => []))[0]?.value[1]);

/** Polls for a few scrapes. */
export const scraped = { timeout: 120_000, interval: 2000 };

/** Waits until it is ready. */
export const ready = async (): Promise<string> =>
  await kubectl(platform, ["wait", "-n", space, "--for=condition=Ready", "pod/prometheus-0", "--timeout=180s"]);

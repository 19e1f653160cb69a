// Prometheus of the platform under test, asked as a person on this machine asks it.
import { request } from "node:https";
import { get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import { networkOf } from "../../../embedded/node/instance.ts";
import { platform } from "./platform.ts";

/** Namespace of telemetry. */
export const space = "observability";

export interface Series {
  metric: Record<string, string>;
  value: [number, string];
}

/** The node's address has the instance's index in it. */
const { metricsPort: port } = networkOf(Number(new URL(platform.server).hostname.split(".")[2]));
let ca: string | undefined;

/** What Prometheus answers on this machine's loopback, its certificate checked. `time` is in seconds since the epoch, default now. */
export async function ask(query: string, time?: number): Promise<Series[]> {
  if (ca === undefined) {
    const secret = await get<KubeObject>(platform, "secret", "prometheus-tls", space);
    ca = Buffer.from(secret?.data?.["ca.crt"] ?? "", "base64").toString();
  }
  const parameters = new URLSearchParams({ query, ...(time === undefined ? {} : { time: String(time) }) });
  const text = await new Promise<string>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, ca, path: `/api/v1/query?${parameters}`, timeout: 10_000 };
    request(options, (answer) => {
      let body = "";
      answer.on("data", (data) => {
        body += data;
      });
      answer.on("end", () => resolve(body));
    })
      .on("error", reject)
      .end();
  });
  return JSON.parse(text).data.result;
}

/** The first value of the answer, or NaN where there is none. */
export const value = async (query: string, time?: number): Promise<number> =>
  Number((await ask(query, time).catch(() => []))[0]?.value[1]);

/** Polls for a few scrapes. */
export const scraped = { timeout: 120_000, interval: 2000 };

/** Waits until it is ready. */
export const ready = async (): Promise<string> =>
  await kubectl(platform, ["wait", "-n", space, "--for=condition=Ready", "pod/prometheus-0", "--timeout=180s"]);

// Writes a page of what the instance's metrics show.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { NAMESPACES } from "@agentic/api/names.ts";
import { dashboards as definitions } from "../../components/observability/dashboards/index.ts";
import { prometheusPart } from "../../components/observability/prometheus-config.ts";
import { tlsSecret } from "../../components/security/certificates.ts";
import { telemetryConfig } from "../../stacks/config/telemetry.ts";
import { dashboardsPage } from "../dashboards/page.ts";
import { secondsKept, show, timesOf } from "../dashboards/prometheus.ts";
import { get, type KubeObject } from "./cluster.ts";
import { instance } from "./instance.ts";
import { stackSection } from "./program.ts";

/** Seconds that the page looks back at most, as the dashboards do in Grafana. */
const MOST_SECONDS = 6 * 3600;

/** Writes the page, and prints where it is. Throws where the instance isn't up or has no Prometheus. */
export async function dashboards(): Promise<void> {
  const node = await instance();
  const { name, namespace } = { name: tlsSecret(prometheusPart), namespace: NAMESPACES.observability };
  const secret = await get<KubeObject>(node, "secret", name, namespace);
  if (!secret)
    throw new Error(
      `this instance has no Prometheus: make up brings it up where telemetry.mode of the stack is builtin (docs/observability.md)`,
    );
  const ca = Buffer.from(secret.data?.["ca.crt"] ?? "", "base64").toString();
  const { scrapeSeconds: interval } = telemetryConfig({ telemetry: stackSection("telemetry") }, "minimal");
  const api = { url: `https://127.0.0.1:${node.metricsPort}`, ca };
  const at = new Date();
  const now = at.getTime() / 1000;
  const times = timesOf(await secondsKept(api, { most: MOST_SECONDS, now, interval }), { now, interval });
  const shown = await Promise.all(
    definitions.map(async (dashboard) => await show(api, dashboard, { times, interval })),
  );
  const file = join(dirname(dirname(import.meta.dirname)), "out", "dashboards.html");
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, await dashboardsPage(shown, at));
  console.log(
    `${file} shows what there was at ${at.toLocaleTimeString()}: open it in a browser; make dashboards writes it anew.`,
  );
}

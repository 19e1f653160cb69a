// The telemetry of the running platform: what it sees, what it keeps, and that workloads don't need it.
import { request } from "node:https";
import { beforeAll, describe, expect, test } from "vitest";
import { dashboards } from "../../../components/observability/dashboards/index.ts";
import { queriesOf } from "../../../components/observability/dashboards/panels.ts";
import { get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import { networkOf } from "../../../embedded/node/instance.ts";
import { nonEmpty } from "../../non-empty.ts";
import { onePage, platform, site, start, untilEnded, workload } from "./platform.ts";
import { openWebhook } from "./webhook.ts";

const space = "observability";
/** The node's address has the instance's index in it. */
const { metricsPort: port } = networkOf(Number(new URL(platform.server).hostname.split(".")[2]));
let ca = "";

interface Series {
  metric: Record<string, string>;
  value: [number, string];
}

/** What Prometheus answers on this machine's loopback, its certificate checked. */
async function ask(query: string, time?: number): Promise<Series[]> {
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

const value = async (query: string, time?: number) => Number((await ask(query, time).catch(() => []))[0]?.value[1]);

/** Polls for a few scrapes. */
const scraped = { timeout: 120_000, interval: 2000 };

const ready = async () =>
  await kubectl(platform, ["wait", "-n", space, "--for=condition=Ready", "pod/prometheus-0", "--timeout=180s"]);

beforeAll(async () => {
  const secret = await get<KubeObject>(platform, "secret", "prometheus-tls", space);
  ca = Buffer.from(secret?.data?.["ca.crt"] ?? "", "base64").toString();
  await ready();
}, 200_000);

describe("telemetry", () => {
  test("sees every target, as `up` says", async () => {
    const jobs = [
      "alertmanager",
      "browserless",
      "cadvisor",
      "cluster-dns",
      "jaeger",
      "kubelet",
      "minio",
      "opa",
      "operator",
      "policy-controller",
      "prometheus",
      "registry",
      "resolver",
      "webhook",
      "workflow-engine",
    ];
    const up = async () => (await ask("up == 1").catch(() => [])).map(({ metric }) => metric.job).sort();
    await expect.poll(up, scraped).toEqual(jobs);
  }, 150_000);

  test("sees a workload's run: the operator's, the engine's, the browsers' and the store's side of it", async () => {
    const before = await value("sum(agentic_workflows_created_total)");
    await start(workload("seen", onePage));
    const { status } = await untilEnded("seen");
    expect(status?.phase).toBe("Completed");
    await expect.poll(() => value("sum(agentic_workflows_created_total)"), scraped).toBeGreaterThan(before || 0);
    await expect.poll(() => value('browserless_sessions_total{tenant="demo"}'), scraped).toBeGreaterThan(0);
    await expect.poll(() => value('sum(minio_s3_requests_total{api="putobject"})'), scraped).toBeGreaterThan(0);
    await expect.poll(() => value("sum(argo_workflows_pods_total_count)"), scraped).toBeGreaterThan(0);
    expect(
      await value('container_memory_working_set_bytes{namespace="shared-services",container="minio"}'),
    ).toBeGreaterThan(0);
    expect(await ask('{__name__=~"container_.*",namespace=~"tenant-.*"}')).toEqual([]);
  }, 400_000);

  test("has an answer to every panel's query, with the labels that its legend names", async () => {
    await using webhook = await openWebhook();
    // Not an event: what the platform says of it is counted all the same.
    const { status } = await fetch(`${webhook.url}/demo/workload`, {
      method: "POST",
      headers: { ...webhook.authentication("{}"), "content-type": "application/json" },
      body: "{}",
    });
    expect(status).toBeGreaterThanOrEqual(400);
    await start(workload("unread", { targetUrls: [`${site}/no-such-page`], retry: { limit: 1, backoff: "1s" } }));
    expect((await untilEnded("unread")).status?.phase).toBe("Failed");
    const queries = nonEmpty(dashboards.flatMap(queriesOf));
    const unanswered = async () => {
      const answers = await Promise.all(queries.map(async ({ expr }) => await ask(expr).catch(() => [])));
      return queries.filter((_, index) => !answers[index]?.some(({ value: [, number] }) => number !== "NaN"));
    };
    await expect.poll(unanswered, { ...scraped, interval: 5000 }).toEqual([]);
    for (const { expr, legend } of queries)
      for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g))
        expect(Object.keys((await ask(expr))[0]?.metric ?? {}), expr).toContain(label);
  }, 400_000);

  test("has what it saw after its pod has gone", async () => {
    const time = Math.floor(Date.now() / 1000);
    const before = await value('up{job="operator"}', time);
    expect(before).toBe(1);
    await kubectl(platform, ["delete", "pod", "-n", space, "prometheus-0", "--wait"]);
    await expect
      .poll(async () => await ready().catch(() => "not yet"), { timeout: 180_000, interval: 1000 })
      .toContain("met");
    await expect.poll(() => value('up{job="operator"}', time), scraped).toBe(1);
  }, 400_000);

  test("is missed by no workload while it is down", async () => {
    const scale = async (replicas: number) =>
      await kubectl(platform, ["scale", "-n", space, "statefulset", "--all", `--replicas=${replicas}`]);
    try {
      await scale(0);
      await expect.poll(() => value("up"), scraped).toBeNaN();
      await start(workload("unseen", onePage));
      const { status } = await untilEnded("unseen");
      expect(status?.phase).toBe("Completed");
    } finally {
      await scale(1);
    }
    await expect
      .poll(async () => await ready().catch(() => "not yet"), { timeout: 180_000, interval: 1000 })
      .toContain("met");
  }, 600_000);
});

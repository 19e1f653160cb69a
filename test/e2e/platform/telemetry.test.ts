// The telemetry of the running platform: what it sees, what it keeps, and that workloads don't need it.
import { beforeAll, describe, expect, test } from "vitest";
import { get, kubectl } from "../../../embedded/cli/cluster.ts";
import type { Workload } from "../../../embedded/cli/sample.ts";
import { nonEmpty } from "../../non-empty.ts";
import { eventually, namespace, onePage, platform, start, untilEnded, workload } from "./platform.ts";
import { ask, ready, scraped, space, value } from "./prometheus.ts";
import { openWebhook } from "./webhook.ts";

beforeAll(async () => {
  await ready();
}, 200_000);

describe("telemetry", () => {
  test("sees every target, as `up` says", async () => {
    const jobs = [
      "alertmanager",
      "browserless",
      "cadvisor",
      "cluster-dns",
      "console",
      "jaeger",
      "kubelet",
      "litellm",
      "minio",
      "opa",
      "operator",
      "policy-controller",
      "postgres",
      "prometheus",
      "registry",
      "resolver",
      "webhook",
      "workflow-engine",
    ];
    const up = async () => (await ask("up == 1").catch(() => [])).map(({ metric }) => metric.job).sort();
    await expect.poll(up, scraped).toEqual(jobs);
  }, 150_000);

  test.each(["statefulset/minio", "deployment/litellm"])("has what %s logs as lines of JSON", async (name) => {
    // LiteLLM begins with a banner for people.
    const lines = (await kubectl(platform, ["logs", "-n", "shared-services", name, "--tail=5"])).trim().split("\n");
    expect(nonEmpty(lines).map((line) => typeof JSON.parse(line))).toEqual(lines.map(() => "object"));
  });

  test("sees a workload's run: the webhook's, the operator's, the engine's, the browsers' and the store's side of it", async () => {
    const before = await value("sum(agentic_workflows_created_total)");
    await kubectl(platform, ["delete", "agentworkload", "seen", "-n", namespace, "--ignore-not-found", "--wait"]);
    await using webhook = await openWebhook();
    const body = JSON.stringify({ tenant: "demo", name: "seen", objective: "Say what is sold", ...onePage });
    const headers = { ...webhook.authentication(body), "content-type": "application/json" };
    expect((await fetch(`${webhook.url}/demo/workload`, { method: "POST", headers, body })).status).toBe(200);
    await eventually("workload of the event", async () => await get(platform, "agentworkload", "seen", namespace));
    const { status } = await untilEnded("seen");
    expect(status?.phase).toBe("Completed");
    await expect.poll(() => value("sum(agentic_workflows_created_total)"), scraped).toBeGreaterThan(before || 0);
    await expect.poll(() => value('browserless_sessions_total{tenant="demo"}'), scraped).toBeGreaterThan(0);
    const calls = 'sum(agentic_model_calls_total{tenant="tenant-demo",outcome=~"answered|cached"})';
    await expect.poll(() => value(calls), scraped).toBeGreaterThan(0);
    await expect.poll(() => value('sum(minio_s3_requests_total{api="putobject"})'), scraped).toBeGreaterThan(0);
    await expect.poll(() => value("sum(argo_workflows_pods_total_count)"), scraped).toBeGreaterThan(0);
    expect(
      await value('container_memory_working_set_bytes{namespace="shared-services",container="minio"}'),
    ).toBeGreaterThan(0);
    expect(await ask('{__name__=~"container_.*",namespace=~"tenant-.*"}')).toEqual([]);
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

  test("has no series that names a workload, so that their number doesn't grow with workloads", async () => {
    const names = ["seen", "unseen"];
    const runs = await Promise.all(names.map((name) => get<Workload>(platform, "agentworkload", name, namespace)));
    const ids = runs.flatMap((run) => [run?.metadata.name, run?.metadata.uid, run?.status?.argoWorkflow?.name]);
    const named = new Set(nonEmpty(ids.filter((id) => id !== undefined)));
    expect(named.size).toBe(3 * names.length);
    const series = nonEmpty(await ask('{__name__!=""}'));
    const words = series.flatMap(({ metric }) =>
      Object.values(metric).flatMap((label) => [label, ...label.split(/[/:]/)]),
    );
    expect(words.filter((word) => [...named].some((id) => word === id || word.startsWith(`${id}-`)))).toEqual([]);
  });
});

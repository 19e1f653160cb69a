// How full quotas are, as the operator tells it at each scrape.
import { describe, expect, it } from "vitest";
import { quotaUse } from "../../../operator/metrics/quotas.ts";
import { quietMetrics } from "./quiet-metrics.ts";

const quota = (namespace: string, hard: Record<string, string>, used: Record<string, string>) => ({
  metadata: { name: "quota", namespace },
  status: { hard, used },
});

/** An API server with these quotas; notes what it is asked. */
function serverWith(...quotas: readonly object[]) {
  const asked: string[] = [];
  const list = async <T>(path: string, options?: { query?: Record<string, unknown> }) => {
    asked.push(`${path} ${options?.query?.fieldSelector}`);
    return quotas as T[];
  };
  return { asked, list };
}

describe("the use of quotas", () => {
  it("is a share of each resource, in the units of Kubernetes", async () => {
    const server = serverWith(
      quota("tenant-demo", { pods: "40", "limits.cpu": "8" }, { pods: "10", "limits.cpu": "500m" }),
      quota("shared-services", { "limits.memory": "24Gi" }, { "limits.memory": "6144Mi" }),
    );
    expect(await quotaUse(server)).toEqual([
      { space: "tenant-demo", resource: "pods", ratio: 0.25 },
      { space: "tenant-demo", resource: "limits.cpu", ratio: 0.0625 },
      { space: "shared-services", resource: "limits.memory", ratio: 0.25 },
    ]);
    expect(server.asked).toEqual(["/api/v1/resourcequotas metadata.name=quota"]);
  });

  it("has nothing of what isn't allowed at all, of quotas that nobody has counted yet, and of others' namespaces", async () => {
    const server = serverWith(
      quota("tenant-demo", { "services.nodeports": "0" }, { "services.nodeports": "0" }),
      { metadata: { name: "quota", namespace: "tenant-new" } },
      quota("somebody-else", { pods: "1" }, { pods: "1" }),
    );
    expect(await quotaUse(server)).toEqual([]);
  });

  it("keeps no other metric back where the API server doesn't answer", async () => {
    let uses = async () => [{ space: "tenant-demo", resource: "pods", ratio: 0.5 }];
    const { registry } = quietMetrics({ quotas: () => uses() });
    const series = 'agentic_quota_used_ratio{space="tenant-demo",resource="pods"} 0.5';
    expect(await registry.metrics()).toContain(series);
    uses = () => Promise.reject(new Error("away"));
    const text = await registry.metrics();
    expect(text).not.toContain(series);
    expect(text).toContain("agentic_queue_depth 0");
  });
});

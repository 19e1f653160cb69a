// Somebody who submits workloads, by kubectl or by the webhook, and wants another gate than the tenant's.
import type { AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { EVENT_LABEL } from "@agentic/api/webhook.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../integration/operator/cluster.ts";
import { NAMESPACE, reason, type Scene, startScene, WORKLOADS } from "../integration/operator/scene.ts";
import { type KubeObject, mock, objects, program } from "../unit/components/program.ts";

let scene: Scene;
let count = 0;

beforeAll(async () => {
  scene = await startScene();
  await scene.operator();
});
afterAll(() => scene?.stop());

const map = `/api/v1/namespaces/${NAMESPACE}/configmaps/agentic-tenant`;

/**
 * The status of a workload that these settings end in this way. The operator hears of the settings a moment after they are set,
 * so further workloads are tried for a while.
 */
async function decided(
  settings: Record<string, string>,
  workload: { spec?: Partial<AgentWorkloadSpec>; labels?: Record<string, string> },
  wanted: "Denied" | "started",
): Promise<AgentWorkloadStatus> {
  const { client } = scene.cluster;
  await client.patch(map, { data: settings });
  try {
    return await until(`a workload that is ${wanted}`, async () => {
      const name = `s-${count++}`;
      await client.create(WORKLOADS, {
        apiVersion: "agentic.io/v1alpha1",
        kind: "AgentWorkload",
        metadata: { name, labels: workload.labels },
        spec: { objective: "compare prices", targetUrls: ["https://example.com/"], ...workload.spec },
      });
      const status = await scene.status(
        name,
        ({ phase, argoWorkflow }) => phase === "Denied" || argoWorkflow !== undefined,
      );
      return (status.phase === "Denied") === (wanted === "Denied") ? status : undefined;
    });
  } finally {
    await client.patch(map, { data: Object.fromEntries(Object.keys(settings).map((key) => [key, null])) });
  }
}

describe("sets the gate where the tenant's settings forbid it", () => {
  test.each<[Record<string, string>, Partial<AgentWorkloadSpec>, string]>([
    [{ approval_mode: "manual" }, { approval: { mode: "auto" } }, "this tenant demands that a person approves"],
    [{ min_threshold: "0.90" }, { approval: { threshold: "0.10" } }, "a threshold of at least 0.90"],
    [{ approval_policy: "strict" }, { approval: { policy: "permissive" } }, "this tenant demands policy strict"],
    [
      { allowed_templates: "other" },
      {},
      "template visual-analysis-template is not one that this tenant may run: other",
    ],
  ])("%j: denied, with the demand", async (settings, spec, words) => {
    const status = await decided(settings, { spec }, "Denied");
    expect(status).toMatchObject({ phase: "Denied" });
    expect(reason(status, "Accepted")).toBe("StartDenied");
    expect(status.message).toContain(words);
  });

  test.each<[Record<string, string>, string]>([
    [{ approval_mode: "Manual" }, 'approval_mode is "Manual": it must be auto or manual'],
    [{ approval_mode: "" }, 'approval_mode is "": it must be auto or manual'],
    [{ aproval_mode: "manual" }, "the tenant's setting aproval_mode is unknown"],
    [{ approval_policy: "Strict" }, "it must be strict or permissive"],
    [{ min_threshold: "0,90" }, "it must be a number from 0.00 to 1.00 with two decimals"],
    [{ min_threshold: "90%" }, "it must be a number from 0.00 to 1.00 with two decimals"],
    [{ allowed_templates: "one;two" }, "it must be names with commas between"],
  ])("%j, which is misspelt: denied, whatever the workload asks for", async (settings, words) => {
    const status = await decided(settings, { spec: { approval: { mode: "manual" } } }, "Denied");
    expect(status).toMatchObject({ phase: "Denied" });
    expect(status.message).toContain(words);
  });

  test("by the webhook: denied too, and whoever is notified reads why", async () => {
    const spec = { notify: [{ url: scene.hook.url, events: ["Denied" as const] }] };
    const labels = { [EVENT_LABEL]: "document" };
    await decided({ approval_mode: "Manual" }, { spec, labels }, "Denied");
    await until("the notification", async () => scene.hook.got.at(-1));
    expect(scene.hook.got.at(-1)?.body).toContain("it must be auto or manual");
  });

  test.each<[Record<string, string>, Partial<AgentWorkloadSpec>]>([
    [{ approval_mode: "manual" }, { approval: { mode: "manual" } }],
    [{ approval_mode: "auto", min_threshold: "0.90" }, { approval: { threshold: "0.90" } }],
    [{ approval_policy: "strict" }, { approval: { policy: "strict" } }],
    [{ allowed_templates: "other, visual-analysis-template" }, {}],
    [{}, { approval: { policy: "permissive", threshold: "0.10" } }],
  ])("%j, and asks for what it allows: started", async (settings, spec) => {
    expect((await decided(settings, { spec }, "started")).argoWorkflow).toBeDefined();
  });
});

test("the stack's config writes these settings, and none that it doesn't name", async () => {
  mock();
  const approval = { mode: "manual", minThreshold: "0.97", policy: "strict" };
  const all = await program({
    tenants: [{ name: "demo" }, { name: "a", approval, allowedTemplates: ["one", "two"] }],
  });
  const dataOf = (namespace: string) =>
    (objects(all, "ConfigMap") as KubeObject[]).find(
      ({ metadata }) => metadata?.name === "agentic-tenant" && metadata.namespace === namespace,
    )?.data;
  expect(dataOf("tenant-a")).toMatchObject({
    approval_mode: "manual",
    min_threshold: "0.97",
    approval_policy: "strict",
    allowed_templates: "one,two",
  });
  for (const key of ["approval_mode", "min_threshold", "approval_policy", "allowed_templates"])
    expect(dataOf("tenant-demo")).not.toHaveProperty(key);
});

// The engine's metrics: Argo's names and labels, and a number of series that workflows don't raise.
import { describe, expect, it } from "vitest";
import { Metrics } from "../../../embedded/engine/controller/metrics.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { Library, Pod, Workflow } from "../../../embedded/engine/core/types.ts";
import { emptyLibrary } from "../../../embedded/engine/core/types.ts";
import { Harness, NS, single, succeeded } from "./harness.ts";
import { workflow } from "./simulated-cluster.ts";

const library: Library = {
  ...emptyLibrary,
  workflowTemplate: (name) => (name === "known" ? { metadata: { name, namespace: NS }, spec: single } : undefined),
};

function ofTemplate(name: string, i: number): Workflow {
  const status = { phase: "Succeeded", startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:42Z" };
  return { ...workflow({ workflowTemplateRef: { name } }, `wf-${i}`), status };
}

describe("the engine's metrics", () => {
  it("count requests as Argo does", async () => {
    const metrics = new Metrics({ workflows: () => [], pods: () => [], depth: () => 0, busy: () => 0 });
    for (const [verb, path] of [
      ["GET", paths.workflows()],
      ["GET", paths.workflow(NS, "wf")],
      ["PATCH", paths.workflow(NS, "wf")],
      ["POST", paths.pods(NS)],
      ["GET", paths.podLog(NS, "pod")],
      ["GET", "/version"],
    ] as const)
      metrics.countRequest({ verb, path, code: "200", seconds: 0.1 });
    const text = await metrics.registry.metrics();
    for (const labels of [
      'kind="workflows",verb="List"',
      'kind="workflows",verb="Get"',
      'kind="workflows",verb="Patch"',
      'kind="pods",verb="Create"',
      'kind="pods",verb="Get"',
      'kind="Unknown",verb="List"',
    ])
      expect(text).toContain(`argo_workflows_k8s_request_total{${labels},status_code="200"} 1\n`);
  });

  it("count each pod once in each phase, from its creation to its label", async () => {
    const counted: string[] = [];
    const harness = await Harness.start((pod) => counted.push(`${pod.metadata.namespace} ${pod.status?.phase}`));
    await harness.submit(single);
    await harness.reconcile();
    const name = harness.caches.pods(`${NS}/wf`)[0]?.metadata.name ?? "";
    for (const phase of ["Running", "Running"]) await harness.end(name, { phase });
    await harness.end(name, succeeded);
    await harness.reconcile(undefined, 2);
    await harness.stop();
    expect(counted.filter((entry) => entry !== `${NS} undefined`)).toEqual([`${NS} Running`, `${NS} Succeeded`]);
  });

  it("have workflows of a template by its name, and don't grow with workflows, whatever these name", async () => {
    const workflows: Workflow[] = [];
    const pods: Pod[] = [];
    const metrics = new Metrics({ workflows: () => workflows, pods: () => pods, depth: () => 3, busy: () => 2 });
    const lines: number[] = [];
    for (let i = 0; i < 5000; i++) {
      const run = ofTemplate(i % 2 ? "known" : `unknown-${i}`, i);
      const pod: Pod = { metadata: { name: `pod-${i}`, namespace: NS }, spec: {}, status: { phase: "Succeeded" } };
      workflows.push(run);
      pods.push(pod);
      metrics.countPhase(run, library);
      metrics.countPod(pod);
      metrics.countRequest({ verb: "GET", path: paths.workflow(NS, `wf-${i}`), code: "200", seconds: 0.1 });
      if (i === 499 || i === 4999) lines.push((await metrics.registry.metrics()).split("\n").length);
    }
    expect(lines[1]).toBe(lines[0]);
    const text = await metrics.registry.metrics();
    const template = 'name="known",namespace="ns",cluster_scope="false"';
    expect(text).toContain(`argo_workflows_workflowtemplate_runtime_sum{${template}} ${2500 * 42}`);
    expect(text).toContain(`argo_workflows_workflowtemplate_triggered_total{${template},phase="Succeeded"} 2500`);
    expect(text).toContain('argo_workflows_gauge{phase="Succeeded"} 5000');
    expect(text).toContain('argo_workflows_pods_gauge{phase="Succeeded"} 5000');
    expect(text).toContain('argo_workflows_queue_depth_gauge{queue_name="workflow_queue"} 3');
    expect(text).toContain('argo_workflows_workers_busy_count{worker_type="workflow_queue"} 2');
  });
});

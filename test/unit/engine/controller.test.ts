// The controller around the core: stale caches, conflicts, refusals, restarts.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Caches } from "../../../embedded/engine/controller/caches.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { Pod, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { eventually } from "./api.ts";
import { container, Harness, NS, single, succeeded } from "./harness.ts";
import { workflow } from "./simulated-cluster.ts";

describe("a pass", () => {
  let h: Harness;
  beforeEach(async () => {
    h = await Harness.start();
  });
  afterEach(() => h.stop());

  test("writes the status before it makes the pod", async () => {
    await h.submit(single);
    await h.reconcile();
    expect(h.writes()).toEqual([`PATCH ${paths.workflow(NS, "wf")}`, `POST ${paths.pods(NS)}`]);
    await h.reconcile();
    expect(h.writes()).toHaveLength(2);
  });

  test("makes no pod when somebody else has written meanwhile", async () => {
    await h.submit(single);
    h.api.fail(`PATCH ${paths.workflow(NS, "wf")}`, 409, "the object has been modified");
    await h.reconcile();
    expect(h.writes()).toHaveLength(1);
    expect(h.requeued).toEqual([["ns/wf", h.now.getTime() + 250]]);
  });

  test("makes no second pod from a stale cache", async () => {
    await h.submit(single);
    await h.reconcile();
    const stale = structuredClone(h.stored());
    await h.end("wf", succeeded);
    await h.reconcile();
    expect(h.stored()?.status?.phase).toBe("Succeeded");
    h.api.remove(paths.pod(NS, "wf"));
    await eventually("the pod is gone", () => h.caches.pods("ns/wf").length === 0);
    // As if neither our own writes nor the watch had reached the cache.
    const blind: Caches = { ...h.caches, workflow: () => stale };
    const before = h.writes().length;
    await h.on(blind).reconcile("ns/wf");
    expect(h.writes()).toHaveLength(before);
  });

  test("makes the pod that was still to be made when it was interrupted", async () => {
    await h.submit(single);
    h.api.failures.push({ request: "POST", error: new Error("connect ECONNREFUSED") });
    await expect(h.reconcile()).rejects.toThrow("ECONNREFUSED");
    await h.reconcile();
    expect(h.api.objects.has(paths.pod(NS, "wf"))).toBe(true);
    expect(h.stored()?.status?.phase).toBe("Running");
  });

  test("takes a pod that exists for the one it wanted, unless it belongs to an earlier workflow", async () => {
    await h.submit(single);
    const ownPod = { metadata: { name: "wf", namespace: NS, ownerReferences: [{ controller: true, uid: "u-1" }] } };
    h.api.objects.set(paths.pod(NS, "wf"), ownPod);
    await h.reconcile();
    expect(h.requeued).toEqual([]);
    await h.submit(single, "two");
    h.api.objects.set(paths.pod(NS, "two"), {
      metadata: {
        ...ownPod.metadata,
        name: "two",
        ownerReferences: [{ controller: true, uid: "u-0" }],
      } as Pod["metadata"],
    });
    await h.reconcile("ns/two");
    expect(h.requeued).toContainEqual(["ns/two", h.now.getTime() + 2000]);
  });

  test.each([
    ["a quota", 'pods "wf" is forbidden: exceeded quota: q'],
    ["a sandbox", 'pods "wf" is forbidden: pod rejected: RuntimeClass "gvisor" not found'],
  ])("waits for %s, says so, and ends the node when a pod is refused for good", async (_what, reason) => {
    const requeue = ["ns/wf", h.now.getTime() + 2000];
    await h.submit(single);
    h.api.fail("POST", 403, reason);
    await h.reconcile();
    expect(h.requeued).toEqual([["ns/wf", undefined], requeue]);
    h.api.fail("POST", 403, reason);
    await h.reconcile();
    expect(h.stored()?.status?.nodes?.wf).toMatchObject({ phase: "Pending", message: reason });
    expect(h.requeued).toEqual([["ns/wf", undefined], requeue, requeue]);
    h.api.fail("POST", 403, 'pods "wf" is forbidden: violates PodSecurity "restricted:latest"');
    await h.reconcile();
    await h.reconcile();
    expect(h.stored()?.status).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("violates PodSecurity"),
    });
  });

  test("puts each pod into the sandbox, where it has one", async () => {
    await h.submit(single);
    await h.on(h.caches, { runtimeClass: "gvisor" }).reconcile("ns/wf");
    expect(h.api.objects.get(paths.pod(NS, "wf"))).toMatchObject({ spec: { runtimeClassName: "gvisor" } });
    await h.submit(single, "plain");
    await h.reconcile("ns/plain");
    expect(h.api.objects.get(paths.pod(NS, "plain"))).not.toHaveProperty("spec.runtimeClassName");
  });

  test("forgets why a pod had to wait once it is there", async () => {
    await h.submit(single);
    h.api.fail("POST", 403, 'pods "wf" is forbidden: error looking up service account ns/agent');
    await h.reconcile();
    await h.reconcile();
    await h.end("wf", { phase: "Running" });
    await h.reconcile();
    expect(h.stored()?.status?.nodes?.wf).toMatchObject({ phase: "Running" });
    expect(h.stored()?.status?.nodes?.wf).not.toHaveProperty("message");
  });

  test("ends a workflow whose status has grown too large", async () => {
    await h.submit(single);
    await h.reconcile();
    await h.end("wf", succeeded);
    h.api.fail(`PATCH ${paths.workflow(NS, "wf")}`, 413, "Request entity too large: limit is 3145728");
    await h.reconcile();
    expect(h.stored()?.status).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("too large to be stored"),
    });
    expect(h.api.objects.has(paths.pod(NS, "wf"))).toBe(false);
  });

  test("is over when the workflow is gone", async () => {
    await h.submit(single);
    h.api.fail(`PATCH ${paths.workflow(NS, "wf")}`, 404, "not found");
    await h.reconcile();
    expect(h.writes()).toHaveLength(1);
    await h.reconcile("ns/none");
    h.api.put(paths.workflows(NS), {
      ...workflow(single, "going"),
      metadata: { ...workflow(single, "going").metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    });
    await eventually("cached", () => h.caches.workflow("ns/going") !== undefined);
    await h.reconcile("ns/going");
    expect(h.writes()).toHaveLength(1);
  });

  test("takes back what was asked for of a workflow that is gone", async () => {
    await h.submit({ ...single, ttlStrategy: { secondsAfterCompletion: 10 } });
    await h.reconcile();
    await h.end("wf", succeeded);
    await h.reconcile();
    h.api.remove(paths.workflow(NS, "wf"));
    await eventually("it is gone", () => h.caches.workflow("ns/wf") === undefined);
    await h.reconcile();
    expect(h.forgotten).toEqual(["ns/wf"]);
  });

  test("is not asked for again at once by a pass that has changed nothing", async () => {
    await h.submit(single);
    await h.reconcile();
    const workflow = h.caches.workflow("ns/wf");
    if (!workflow) throw new Error("no workflow");
    // As a deadline whose end the core could not bring about.
    const changed = { ...workflow, spec: { ...workflow.spec, activeDeadlineSeconds: 1 } };
    h.wait(0.9995);
    await h.on({ ...h.caches, workflow: () => changed }).reconcile("ns/wf");
    expect(h.requeued.at(-1)).toEqual(["ns/wf", h.now.getTime() + 1000]);
  });

  test("ends a pod that outlived its workflow, should the first try have failed", async () => {
    await h.submit({ ...single, activeDeadlineSeconds: 5 });
    await h.reconcile();
    h.wait(6);
    h.api.fail("DELETE", 500, "etcdserver: request timed out");
    await expect(h.reconcile()).rejects.toThrow("timed out");
    expect(h.stored()?.status?.phase).toBe("Failed");
    await h.reconcile();
    expect(h.api.objects.has(paths.pod(NS, "wf"))).toBe(false);
  });

  test("asks the server for a template that the cache doesn't have yet", async () => {
    const main: Template = {
      name: "main",
      steps: [
        [{ name: "a", templateRef: { name: "late", template: "t" } }],
        [{ name: "b", templateRef: { name: "shared", template: "t", clusterScope: true } }],
      ],
    };
    const spec: WorkflowSpec = { entrypoint: "main", templates: [main] };
    h.api.objects.set(`${paths.workflowTemplates(NS)}/late`, {
      metadata: { name: "late", namespace: NS, resourceVersion: "900" },
      spec: { templates: [{ name: "t", container }] },
    });
    h.api.objects.set(`${paths.clusterWorkflowTemplates()}/shared`, {
      metadata: { name: "shared", resourceVersion: "901" },
      spec: { templates: [{ name: "t", container }] },
    });
    await h.submit(spec);
    await h.reconcile();
    expect(h.stored()?.status?.phase).toBe("Running");
    await h.submit({ workflowTemplateRef: { name: "never" } }, "never");
    await h.reconcile("ns/never");
    expect(h.stored("never")?.status).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("workflow template never not found"),
    });
  });

  test("reads the log of a pod whose result is wanted", async () => {
    const tasks = [
      { name: "a", template: "s" },
      { name: "b", template: "s", depends: "a", when: "{{tasks.a.outputs.result}} == yes" },
    ];
    await h.submit({
      entrypoint: "main",
      templates: [
        { name: "main", dag: { tasks } },
        { name: "s", script: { image: "i", command: ["sh"], source: "echo yes" } },
      ],
    });
    await h.reconcile();
    const [pod] = h.caches.pods("ns/wf");
    if (!pod) throw new Error("no pod");
    await h.end(pod.metadata.name, succeeded);
    h.api.logs.set(paths.podLog(NS, pod.metadata.name), "yes\n");
    await h.reconcile();
    expect(h.caches.pods("ns/wf")).toHaveLength(2);
    const next = h.caches.pods("ns/wf").find(({ metadata }) => metadata.name !== pod.metadata.name);
    await h.end(next?.metadata.name ?? "", succeeded);
    await h.reconcile();
    expect(h.stored()?.status?.phase).toBe("Succeeded");
    expect(h.api.calls.filter((call) => call.endsWith("/log"))).toHaveLength(1);
  });

  test("clears pods and the workflow away, and minds no pod that is gone already", async () => {
    await h.submit({
      ...single,
      podGC: { strategy: "OnPodCompletion", deleteDelayDuration: "0" },
      ttlStrategy: { secondsAfterCompletion: 10 },
    });
    await h.reconcile();
    await h.end("wf", succeeded);
    h.api.fail("DELETE", 404, "not found");
    await h.reconcile();
    expect(h.requeued.at(-1)).toEqual(["ns/wf", h.now.getTime() + 10_000]);
    h.wait(10);
    h.api.fail(`DELETE ${paths.workflow(NS, "wf")}`, 409, "the uid differs");
    await h.reconcile();
    await h.reconcile();
    expect(h.stored()).toBeUndefined();
  });
});

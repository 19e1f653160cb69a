// The controller around the core: stale caches, conflicts, refusals, restarts.
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Caches, makeCaches } from "../../../embedded/engine/controller/caches.ts";
import { Controller } from "../../../embedded/engine/controller/controller.ts";
import type { KubeObject } from "../../../embedded/engine/controller/informer.ts";
import { Metrics } from "../../../embedded/engine/controller/metrics.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { Pod, Template, Workflow, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { MemoryApi, soon } from "./api.ts";
import { workflow } from "./world.ts";

const NS = "ns";
const container = { image: "i", command: ["c"] };
const single: WorkflowSpec = { entrypoint: "main", templates: [{ name: "main", container }] };

describe("a pass", () => {
  let api: MemoryApi;
  let caches: Caches;
  let controller: Controller;
  let again: [string, number | undefined][];
  let now: Date;

  beforeEach(async () => {
    api = new MemoryApi();
    again = [];
    now = new Date("2026-01-01T00:00:00Z");
    caches = makeCaches(
      api,
      [],
      () => {},
      () => {},
    );
    await caches.start();
    const metrics = new Metrics({ phases: () => new Map(), depth: () => 0, busy: () => 0 });
    controller = new Controller({
      client: api,
      caches,
      metrics,
      log: pino({ level: "silent" }),
      again: (key, at) => again.push([key, at]),
      now: () => now,
    });
  });
  afterEach(() => caches.stop());

  const stored = (name = "wf") => api.objects.get(paths.workflow(NS, name)) as unknown as Workflow | undefined;
  const writes = () => api.calls.filter((call) => !call.startsWith("GET") && !call.startsWith("WATCH"));
  async function submit(spec: WorkflowSpec, name = "wf"): Promise<void> {
    api.put(paths.workflows(NS), workflow(spec, name));
    await soon("the workflow is cached", () => caches.workflow(`${NS}/${name}`) !== undefined);
  }
  async function end(name: string, status: Pod["status"]): Promise<void> {
    const pod = api.objects.get(paths.pod(NS, name));
    api.put(paths.pods(NS), { ...pod, status });
    await soon("the pod is cached", () =>
      caches.pods(`${NS}/wf`).some((cached) => cached.metadata.name === name && cached.status?.phase === status?.phase),
    );
  }
  const succeeded: Pod["status"] = {
    phase: "Succeeded",
    containerStatuses: [{ name: "main", state: { terminated: { exitCode: 0 } } }],
  };

  test("writes the status before it makes the pod", async () => {
    await submit(single);
    await controller.reconcile("ns/wf");
    expect(writes()).toEqual([`PUT ${paths.workflow(NS, "wf")}`, `POST ${paths.pods(NS)}`]);
    await controller.reconcile("ns/wf");
    expect(writes()).toHaveLength(2);
  });

  test("makes no pod when somebody else has written meanwhile", async () => {
    await submit(single);
    api.fail("PUT", 409, "the object has been modified");
    await controller.reconcile("ns/wf");
    expect(writes()).toHaveLength(1);
    expect(again).toEqual([["ns/wf", now.getTime() + 250]]);
  });

  test("makes no second pod from a stale cache", async () => {
    await submit(single);
    await controller.reconcile("ns/wf");
    const stale = structuredClone(stored());
    await end("wf", succeeded);
    await controller.reconcile("ns/wf");
    expect(stored()?.status?.phase).toBe("Succeeded");
    api.remove(paths.pod(NS, "wf"));
    await soon("the pod is gone", () => caches.pods("ns/wf").length === 0);
    // As if neither our own writes nor the watch had reached the cache.
    const blind: Caches = { ...caches, workflow: () => stale };
    const metrics = new Metrics({ phases: () => new Map(), depth: () => 0, busy: () => 0 });
    const before = writes().length;
    await new Controller({
      client: api,
      caches: blind,
      metrics,
      log: pino({ level: "silent" }),
      again: () => {},
    }).reconcile("ns/wf");
    expect(writes()).toHaveLength(before);
  });

  test("makes the pod that was still to be made when it was interrupted", async () => {
    await submit(single);
    api.fail("POST", 500, "etcdserver: leader changed");
    await expect(controller.reconcile("ns/wf")).rejects.toThrow("leader changed");
    await controller.reconcile("ns/wf");
    expect(api.objects.has(paths.pod(NS, "wf"))).toBe(true);
    expect(stored()?.status?.phase).toBe("Running");
  });

  test("takes a pod that exists for the one it wanted, unless it belongs to an earlier workflow", async () => {
    await submit(single);
    const own = { metadata: { name: "wf", namespace: NS, ownerReferences: [{ controller: true, uid: "u-1" }] } };
    api.objects.set(paths.pod(NS, "wf"), own);
    await controller.reconcile("ns/wf");
    expect(again).toEqual([]);
    await submit(single, "two");
    api.objects.set(paths.pod(NS, "two"), {
      metadata: {
        ...own.metadata,
        name: "two",
        ownerReferences: [{ controller: true, uid: "u-0" }],
      } as KubeObject["metadata"],
    });
    await controller.reconcile("ns/two");
    expect(again).toContainEqual(["ns/two", now.getTime() + 2000]);
  });

  test("waits for a quota, says so, and ends the node when a pod is refused for good", async () => {
    const later = ["ns/wf", now.getTime() + 2000];
    const quota = 'pods "wf" is forbidden: exceeded quota: q';
    await submit(single);
    api.fail("POST", 403, quota);
    await controller.reconcile("ns/wf");
    expect(again).toEqual([["ns/wf", undefined], later]);
    api.fail("POST", 403, quota);
    await controller.reconcile("ns/wf");
    expect(stored()?.status?.nodes?.wf).toMatchObject({ phase: "Pending", message: quota });
    expect(again).toEqual([["ns/wf", undefined], later, later]);
    api.fail("POST", 403, 'pods "wf" is forbidden: violates PodSecurity "restricted:latest"');
    await controller.reconcile("ns/wf");
    await controller.reconcile("ns/wf");
    expect(stored()?.status).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("violates PodSecurity"),
    });
  });

  test("forgets why a pod had to wait once it is there", async () => {
    await submit(single);
    api.fail("POST", 403, 'pods "wf" is forbidden: error looking up service account ns/agent');
    await controller.reconcile("ns/wf");
    await controller.reconcile("ns/wf");
    await end("wf", { phase: "Running" });
    await controller.reconcile("ns/wf");
    expect(stored()?.status?.nodes?.wf).toMatchObject({ phase: "Running" });
    expect(stored()?.status?.nodes?.wf).not.toHaveProperty("message");
  });

  test("ends a workflow whose status has grown too large", async () => {
    await submit(single);
    await controller.reconcile("ns/wf");
    await end("wf", succeeded);
    api.fail("PUT", 413, "Request entity too large: limit is 3145728");
    await controller.reconcile("ns/wf");
    expect(stored()?.status).toMatchObject({
      phase: "Error",
      message: expect.stringContaining("too large to be stored"),
    });
    expect(api.objects.has(paths.pod(NS, "wf"))).toBe(false);
  });

  test("is over when the workflow is gone", async () => {
    await submit(single);
    api.fail("PUT", 404, "not found");
    await controller.reconcile("ns/wf");
    expect(writes()).toHaveLength(1);
    await controller.reconcile("ns/none");
    api.put(paths.workflows(NS), {
      ...workflow(single, "going"),
      metadata: { ...workflow(single, "going").metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    });
    await soon("cached", () => caches.workflow("ns/going") !== undefined);
    await controller.reconcile("ns/going");
    expect(writes()).toHaveLength(1);
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
    api.objects.set(`${paths.workflowTemplates(NS)}/late`, {
      metadata: { name: "late", namespace: NS },
      spec: { templates: [{ name: "t", container }] },
    });
    api.objects.set(`${paths.clusterWorkflowTemplates()}/shared`, {
      metadata: { name: "shared" },
      spec: { templates: [{ name: "t", container }] },
    });
    await submit(spec);
    await controller.reconcile("ns/wf");
    expect(stored()?.status?.phase).toBe("Running");
    await submit({ workflowTemplateRef: { name: "never" } }, "never");
    await controller.reconcile("ns/never");
    expect(stored("never")?.status).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("workflow template never not found"),
    });
  });

  test("reads the log of a pod whose result is wanted", async () => {
    const tasks = [
      { name: "a", template: "s" },
      { name: "b", template: "s", depends: "a", when: "{{tasks.a.outputs.result}} == yes" },
    ];
    await submit({
      entrypoint: "main",
      templates: [
        { name: "main", dag: { tasks } },
        { name: "s", script: { image: "i", command: ["sh"], source: "echo yes" } },
      ],
    });
    await controller.reconcile("ns/wf");
    const [pod] = caches.pods("ns/wf");
    if (!pod) throw new Error("no pod");
    await end(pod.metadata.name, succeeded);
    api.logs.set(paths.podLog(NS, pod.metadata.name), "yes\n");
    await controller.reconcile("ns/wf");
    expect(caches.pods("ns/wf")).toHaveLength(2);
    const next = caches.pods("ns/wf").find(({ metadata }) => metadata.name !== pod.metadata.name);
    await end(next?.metadata.name ?? "", succeeded);
    await controller.reconcile("ns/wf");
    expect(stored()?.status?.phase).toBe("Succeeded");
    expect(api.calls.filter((call) => call.endsWith("/log"))).toHaveLength(1);
  });

  test("clears pods and the workflow away, and minds no pod that is gone already", async () => {
    await submit({
      ...single,
      podGC: { strategy: "OnPodCompletion", deleteDelayDuration: "0" },
      ttlStrategy: { secondsAfterCompletion: 10 },
    });
    await controller.reconcile("ns/wf");
    await end("wf", succeeded);
    api.fail("DELETE", 404, "not found");
    await controller.reconcile("ns/wf");
    expect(again.at(-1)).toEqual(["ns/wf", now.getTime() + 10_000]);
    now = new Date(now.getTime() + 10_000);
    api.fail(`DELETE ${paths.workflow(NS, "wf")}`, 409, "the uid differs");
    await controller.reconcile("ns/wf");
    await controller.reconcile("ns/wf");
    expect(stored()).toBeUndefined();
  });
});

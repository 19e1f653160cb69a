// What `up` waits for and what it doesn't, against an API server with its controllers and no node: nothing runs pods here.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { map, type RequestedResource, TestStack } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => await server?.stop());

const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { restartPolicy: undefined, containers: [{ name: "main", image: "registry.local/none:1" }] },
});

/** An object that would be waited for in vain for no longer than a minute. */
const object = (apiVersion: string, kind: string, name: string, spec: object): RequestedResource => ({
  type: `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`,
  name,
  args: {
    apiVersion,
    kind,
    metadata: { name, namespace: "default", annotations: { "pulumi.com/timeoutSeconds": "60" } },
    spec,
  },
});
const workload = (kind: string, name: string, spec: object) =>
  object("apps/v1", kind, name, { selector: { matchLabels: { app: name } }, template: template(name), ...spec });
const job = (name: string, spec: object) =>
  object("batch/v1", "Job", name, {
    ...spec,
    template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "registry.local/none:1" }] } },
  });

test("what can't become ready by its own spec, or has nothing to wait for, doesn't hold the run up", async () => {
  const stack = new TestStack(server, "held-back");
  const service = (name: string, spec: object) => object("v1", "Service", name, { ports: [{ port: 80 }], ...spec });
  const { summary } = await stack.up([
    service("no-pods", { selector: { app: "elsewhere" } }),
    service("headless", { selector: { app: "elsewhere" }, clusterIP: "None" }),
    object("v1", "Service", "outside", { type: "ExternalName", externalName: "example.com" }),
    workload("Deployment", "paused", { paused: true }),
    workload("StatefulSet", "empty", { replicas: 0, serviceName: "headless", updateStrategy: { type: "OnDelete" } }),
    workload("DaemonSet", "daemons", { updateStrategy: { type: "OnDelete" } }),
    job("suspended", { suspend: true }),
    object("v1", "ResourceQuota", "quota", { hard: { "count/configmaps": "1000", cpu: "1000m" } }),
    { ...map("after", {}), dependsOn: ["no-pods", "paused", "empty", "daemons", "suspended", "quota"] },
  ]);
  // What is waited for in vain is a failure after a minute.
  expect(summary).toMatchObject({ created: 9, failures: [] });
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("a job that completes and goes at once by its time to live counts as done, each time", async () => {
  const stack = new TestStack(server, "ttl");
  const removedJob = job("migrate", { completions: 0, parallelism: 0, ttlSecondsAfterFinished: 0 });
  for (let round = 0; round < 5; round++) {
    expect(
      (await stack.up([removedJob, { ...map("after-migrate", {}), dependsOn: ["migrate"] }])).summary,
      `${round}`,
    ).toMatchObject({
      created: 2,
      failures: [],
    });
    // It is gone: whoever wants it again gets it again.
    if (round === 0) expect((await stack.up([removedJob, map("after-migrate", {})])).summary.failures).toEqual([]);
    expect((await stack.destroy()).summary.failures).toEqual([]);
  }
});

test("the time that the resource's options give wins over the annotation's", async () => {
  const stack = new TestStack(server, "patience");
  const deployment = { ...workload("Deployment", "late", {}), customTimeouts: { create: "1s" } };
  const { summary } = await stack.up([deployment]);
  expect(summary.failures[0]).toContain("not ready after 1 s");
  // The annotation bounds the deletion, too.
  const retainedMap = map(
    "held",
    {},
    {
      args: {
        metadata: {
          name: "held",
          namespace: "default",
          finalizers: ["a.example/b"],
          annotations: { "pulumi.com/timeoutSeconds": "2" },
        },
      },
    },
  );
  await stack.up([retainedMap]);
  expect((await stack.up([])).summary.failures[0]).toContain("still there after 2 s");
  await stack.cluster.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "held", namespace: "default" } },
    { manager: "agentic-deploy", force: true },
  );
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("an annotation that can't be waited for is refused before anything is made", async () => {
  const stack = new TestStack(server, "unreadable");
  const annotations = { "pulumi.com/waitFor": "phase==Done" };
  const wrongMap = map("wrong", {}, { args: { metadata: { name: "wrong", namespace: "default", annotations } } });
  await expect(stack.up([map("before", {}), wrongMap])).rejects.toThrow("annotation pulumi.com/waitFor: 'phase==Done'");
  expect(await stack.get("ConfigMap", "before")).toBeUndefined();
});

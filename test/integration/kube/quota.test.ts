// The quota controller of the embedded node, on a bare API server: a kind that a program has just defined is counted at once.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Cluster, type KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { waitForAnnotation, waitsFor } from "../../../embedded/deploy/kubernetes/wait-for.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { openDefinition } from "../definitions.ts";

const manager = { manager: "test", force: true };
const widgets = { group: "test.example", version: "v1", kind: "Widget", plural: "widgets" };
const resource = `${widgets.plural}.${widgets.group}`;
const quota = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: {
    name: "quota",
    namespace: "default",
    annotations: { [waitForAnnotation]: `jsonpath={.status.used['count/${resource}']}` },
  },
  spec: { hard: { [`count/${resource}`]: "1" } },
};
const quotaTarget = { apiVersion: "v1", kind: "ResourceQuota", namespace: "default", name: "quota" };

let server: ApiServer;
let cluster: Cluster;
beforeAll(async () => {
  server = await borrowApiServer({ quotas: true });
  cluster = new Cluster(server.kubeconfig);
});
afterAll(async () => {
  await cluster?.close();
  await server?.stop();
});

/** Whether the quota is what a deployment waits for. */
const counted = async () => {
  const live = await cluster.get(quotaTarget);
  return live !== undefined && waitsFor(live) === undefined;
};

/** Makes a widget, as a user would; returns what is refused. */
async function widget(name: string): Promise<string> {
  const object = JSON.stringify({ apiVersion: "test.example/v1", kind: "Widget", metadata: { name } });
  const create = promisify(execFile)(join(server.bin, "kubectl"), [
    "--kubeconfig",
    server.kubeconfig,
    "create",
    "-f",
    "-",
  ]);
  create.child.stdin?.end(object);
  return await create.then(
    () => "",
    ({ stderr }: { stderr: string }) => stderr,
  );
}

it("counts a kind within seconds after it is defined, though the quota was there before", async () => {
  await cluster.apply(quota as KubeObject, manager);
  await expect.poll(async () => (await cluster.get(quotaTarget))?.status, { timeout: 20_000 }).toBeDefined();
  expect(await counted()).toBe(false);
  await cluster.apply(openDefinition(widgets) as KubeObject, manager);
  // Kubernetes' own controller manager takes up to half a minute to see it, and five minutes to count it.
  await expect.poll(counted, { timeout: 20_000 }).toBe(true);
  await expect.poll(() => widget("first"), { timeout: 5000 }).toBe("");
  expect(await widget("second")).toContain("exceeded quota: quota");
});

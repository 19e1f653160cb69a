// What `up`, `preview` and `destroy` do at the edges: addresses that change, clusters that are yet to be or are gone, waits.
import { afterAll, beforeAll, expect, test } from "vitest";
import { destroy, up } from "../../../embedded/deploy/deploy.ts";
import { type ApiServer, startApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { map, program, TestStack } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => await server?.stop());

test("an unknown field is an error with its path, at once", async () => {
  const stack = new TestStack(server, "strict");
  const { summary, events } = await stack.up([map("strict", {}, { args: { dta: {} } })]);
  expect(summary.failures[0]).toContain("dta");
  // Asking again would change nothing, and take ten seconds.
  expect(events.find(({ state }) => state === "failed")?.ms).toBeLessThan(8000);
  expect(await stack.get("ConfigMap", "strict")).toBeUndefined();
});

test("another address is another object: the former one goes", async () => {
  const stack = new TestStack(server, "address");
  const mapNamed = (name: string) => map("one", { text: "a" }, { args: { metadata: { name, namespace: "default" } } });
  await stack.up([mapNamed("address-old")]);
  const { changes, summary } = await stack.up([mapNamed("address-new")]);
  expect(summary.failures).toEqual([]);
  expect(changes).toEqual(["delete ConfigMap default/address-old", "replace ConfigMap default/address-new"]);
  expect(await stack.get("ConfigMap", "address-old")).toBeUndefined();
  expect(await stack.get("ConfigMap", "address-new")).toBeDefined();
});

test("random values are made once and again only when their keepers change", async () => {
  const stack = new TestStack(server, "random");
  const resources = (keeper: string) => [
    map("random-first", {}),
    {
      type: "random:index/randomString:RandomString",
      name: "text",
      args: { length: 12, keepers: { keeper } },
      dependsOn: ["random-first"],
    },
    map("random", { text: "$out:text.result" }),
  ];
  const text = async () => (await stack.get("ConfigMap", "random"))?.data as unknown;
  expect((await stack.up(resources("a"))).summary).toMatchObject({ created: 3, failures: [] });
  const first = await text();
  expect(first).toEqual({ text: expect.stringMatching(/^.{12}$/) });
  expect((await stack.up(resources("a"))).summary).toMatchObject({ unchanged: 3, failures: [] });
  expect(await text()).toEqual(first);
  expect((await stack.up(resources("b"))).summary).toMatchObject({ replaced: 1, updated: 1, unchanged: 1 });
  expect(await text()).not.toEqual(first);
});

test("a deployment is waited for until its rollout is done, unless skipAwait says not to", async () => {
  const stack = new TestStack(server, "ready");
  const deployment = (annotations: Record<string, string>) => ({
    type: "kubernetes:apps/v1:Deployment",
    name: "deployment",
    args: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "ready", namespace: "default", annotations },
      spec: {
        selector: { matchLabels: { app: "ready" } },
        template: {
          metadata: { labels: { app: "ready" } },
          spec: { containers: [{ name: "main", image: "registry.local/none:1" }] },
        },
      },
    },
  });
  // Nothing runs pods here: the wait ends at its limit and says what it waited for.
  const result = await stack.up([deployment({ "pulumi.com/timeoutSeconds": "2" })]);
  expect(result.summary.failures[0]).toMatch(/Deployment default\/ready.*not ready after 2 s/);
  expect(result.events.some(({ state }) => state === "waiting")).toBe(true);
  const skipped = await stack.up([deployment({ "pulumi.com/skipAwait": "true" })]);
  expect(skipped.summary.failures).toEqual([]);
});

test("a provider whose kubeconfig is still unknown is previewed without touching the default cluster", async () => {
  const stack = new TestStack(server, "later");
  const resources = [
    map("later-source", { kubeconfig: "to be made" }),
    { type: "provider", name: "later", args: { kubeconfig: "$out:later-source.status.kubeconfig" } },
    map("later-there", {}, { provider: "later" }),
  ];
  const { changes, summary } = await stack.preview(resources);
  expect(summary.failures).toEqual([]);
  expect(changes).toContain("create ConfigMap default/later-there");
});

test("a definition's objects go before the definition, those of others included", async () => {
  const stack = new TestStack(server, "emptied");
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "gadgets.test.example" },
    spec: {
      group: "test.example",
      scope: "Namespaced",
      names: { kind: "Gadget", plural: "gadgets" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
  await stack.up([
    { type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", name: "definition", args: definition },
  ]);
  const gadget = { apiVersion: "test.example/v1", kind: "Gadget", metadata: { name: "g", namespace: "default" } };
  stack.cluster.forgetKinds();
  stack.cluster.expectKinds.add("test.example/v1/Gadget");
  await stack.cluster.apply(gadget, { manager: "somebody-else", force: false });
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 1, failures: [] });
});

test("an object waits for the definition of its kind, where the program makes one and says nothing of it", async () => {
  const stack = new TestStack(server, "undeclared");
  const definition = (schema: object) => ({
    type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    name: "definition",
    args: {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "sprockets.test.example" },
      spec: {
        group: "test.example",
        scope: "Namespaced",
        names: { kind: "Sprocket", plural: "sprockets" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
      },
    },
  });
  const sprocket = {
    type: "kubernetes:test.example/v1:Sprocket",
    name: "object",
    args: { apiVersion: "test.example/v1", kind: "Sprocket", metadata: { name: "s" } },
  };
  expect((await stack.preview([sprocket, definition({ type: "object" })])).summary).toMatchObject({ created: 2 });
  // One that can't be made is waited for in vain, and not for long.
  const { summary } = await stack.up([sprocket, definition({ type: "nonsense" })]);
  expect(summary.failures).toHaveLength(2);
  expect(summary.failures.join()).toContain("the API server knows no Sprocket of test.example/v1");
  const { changes } = await stack.up([sprocket, definition({ type: "object" })]);
  expect(changes).toEqual(["create CustomResourceDefinition sprockets.test.example", "create Sprocket s"]);
  expect((await stack.destroy()).summary).toMatchObject({ failures: [] });
});

test("what goes with its cluster is not deleted one by one", async () => {
  const stack = new TestStack(server, "goes", program("gone"));
  await stack.run(up, {});
  const { changes } = await stack.destroy();
  expect(changes).toEqual(["delete ConfigMap default/by-itself", "delete ConfigMap default/stands-for-a-cluster"]);
  expect(await stack.get("ConfigMap", "with-it")).toBeDefined();
});

test("destroy of a stack whose cluster is gone ends well once somebody says that it is gone", async () => {
  const lost = await startApiServer();
  const stack = new TestStack(lost, "lost");
  await stack.up([map("lost", {})]);
  await lost.stop();
  await expect(stack.destroy()).rejects.toThrow("--cluster-gone");
  const { summary, all } = await stack.run((options) => destroy({ ...options, clusterGone: true }), {});
  expect(summary.failures).toEqual([]);
  expect(all).toContainEqual(expect.objectContaining({ kind: "log", severity: "warning" }));
});

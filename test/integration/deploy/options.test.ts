// Options of resources: what the other files of this folder don't show is shown here, and what can't be done changes nothing.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { kubectl, map, type RequestedResource, TestStack } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => await server?.stop());

const uid = async (stack: TestStack, name: string) => (await stack.get("ConfigMap", name))?.metadata.uid;

test("import adopts an object that belongs to nobody, and it goes with the stack", async () => {
  const stack = new TestStack(server, "adopt");
  kubectl(server, "create", "configmap", "adopted", "--from-literal=a=1", "--from-literal=b=2");
  const resources = (id: string) => [map("adopted", { a: "changed" }, { import: id })];
  const before = await uid(stack, "adopted");
  await expect(stack.up([map("adopted", {})])).resolves.toMatchObject({
    summary: { failures: [expect.stringContaining("it exists already and is not this stack's")] },
  });
  const preview = await stack.preview(resources("default/adopted"));
  expect(preview.changes).toEqual(["import ConfigMap default/adopted"]);
  const { changes, summary } = await stack.up(resources("default/adopted"));
  expect(summary).toMatchObject({ updated: 1, failures: [] });
  expect(changes).toEqual(["import ConfigMap default/adopted"]);
  expect((await stack.get("ConfigMap", "adopted"))?.data).toEqual({ a: "changed", b: "2" });
  expect(await uid(stack, "adopted")).toBe(before);
  expect((await stack.up(resources("adopted"))).summary).toMatchObject({ unchanged: 1, failures: [] });
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 1, failures: [] });
});

test("import names what it can't adopt, and changes nothing", async () => {
  const stack = new TestStack(server, "adopt-not");
  kubectl(server, "create", "configmap", "other", "--from-literal=a=1");
  const failure = async (resource: RequestedResource) => (await stack.up([resource])).summary.failures[0];
  expect(await failure(map("absent", {}, { import: "default/absent" }))).toContain(
    "option import: there is no ConfigMap default/absent to adopt",
  );
  expect(await failure(map("one", {}, { import: "default/other" }))).toContain(
    "option import: 'default/other' is not the object that the metadata names, 'default/one'",
  );
  const owner = new TestStack(server, "adopt-owner");
  await owner.up([map("owned", {})]);
  expect(await failure(map("owned", {}, { import: "default/owned" }))).toContain("it belongs to another stack");
  const random = { type: "random:index/randomString:RandomString", name: "r", args: { length: 8 }, import: "a" };
  await expect(stack.up([random])).rejects.toThrow("option import: only Kubernetes objects can be adopted");
  expect((await stack.destroy()).summary.failures).toEqual([]);
  expect((await owner.destroy()).summary.failures).toEqual([]);
});

test("replacementTrigger replaces an object, and makes a random value anew, when it is another than before", async () => {
  const stack = new TestStack(server, "trigger");
  const resources = (trigger: unknown): RequestedResource[] => [
    map("triggered", { a: "1" }, trigger === undefined ? {} : { replacementTrigger: trigger }),
    {
      type: "random:index/randomString:RandomString",
      name: "text",
      args: { length: 12 },
      ...(trigger === undefined ? {} : { replacementTrigger: trigger }),
    },
  ];
  await stack.up(resources(undefined));
  const first = await uid(stack, "triggered");
  // There was none to compare it with.
  expect((await stack.up(resources({ version: 1 }))).summary).toMatchObject({ unchanged: 2, failures: [] });
  expect((await stack.up(resources({ version: 1 }))).summary).toMatchObject({ unchanged: 2 });
  expect((await stack.preview(resources({ version: 2 }))).summary).toMatchObject({ replaced: 2, failures: [] });
  expect((await stack.up(resources({ version: 2 }))).summary).toMatchObject({ replaced: 2, failures: [] });
  expect(await uid(stack, "triggered")).not.toBe(first);
  expect((await stack.up(resources({ version: 2 }))).summary).toMatchObject({ unchanged: 2 });
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("replaceWith and deletedWith replace an object with the one that they name", async () => {
  const stack = new TestStack(server, "with");
  const resources = (trigger: string) => [
    map("with-first", {}, { replacementTrigger: trigger }),
    map("with-second", {}, { replaceWith: ["with-first"] }),
    map("with-third", {}, { deletedWith: "with-second" }),
    map("with-none", {}),
  ];
  await stack.up(resources("a"));
  expect((await stack.up(resources("b"))).changes).toEqual([
    "replace ConfigMap default/with-first",
    "replace ConfigMap default/with-second",
    "replace ConfigMap default/with-third",
  ]);
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("hideDiffs keeps changes out of sight and makes them", async () => {
  const stack = new TestStack(server, "hidden");
  const resources = (value: string) => [map("hidden", { a: value, b: value }, { hideDiffs: ["data.a"] })];
  await stack.up(resources("1"));
  const { events } = await stack.up(resources("2"));
  expect(events.find(({ state }) => state === "done")?.changes?.map(({ path }) => path)).toEqual(["data.b"]);
  expect((await stack.get("ConfigMap", "hidden"))?.data).toEqual({ a: "2", b: "2" });
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("additionalSecretOutputs makes outputs secret, of what is made and of what is read", async () => {
  const stack = new TestStack(server, "shut");
  const resources = [map("shut", { a: "hidden" }, { additionalSecretOutputs: ["data"] })];
  const outputs = { outputs: { made: "$out:shut.data" }, read: "kubernetes:core/v1:ConfigMap|default/shut" };
  await stack.up(resources);
  const { summary } = await stack.up(resources, { ...outputs, readSecret: ["data"] });
  expect(summary.secretOutputs.sort()).toEqual(["readData", "shown"]);
  expect((await stack.up(resources, { ...outputs, readSecret: [] })).summary.secretOutputs).toEqual(["shown"]);
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("transformations are the SDK's own, and a component's children have its providers", async () => {
  const stack = new TestStack(server, "sdk");
  await stack.up([map("transformed", { a: "1" }, { calls: "transformations" })]);
  expect((await stack.get("ConfigMap", "transformed"))?.data).toEqual({ transformed: "yes" });
  const resources: RequestedResource[] = [
    { type: "provider", name: "inside", args: { kubeconfig: server.kubeconfig, namespace: "kube-public" } },
    { type: "group", name: "group", providers: ["inside"] },
    map("grouped", {}, { parent: "group", args: { metadata: { name: "grouped" } } }),
  ];
  expect((await stack.up(resources)).summary.failures).toEqual([]);
  expect(await stack.get("ConfigMap", "grouped", "kube-public")).toBeDefined();
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

const refusals: [string, Partial<RequestedResource>, RegExp][] = [
  ["transforms", { calls: "transforms" }, /option transforms: .*use transformations|stack transforms|not supported/],
  ["hooks", { calls: "hooks" }, /hooks are not supported by this deployer/],
  ["stateMigrations", { calls: "stateMigrations" }, /option stateMigrations: /],
  ["version", { version: "3.0.0" }, /option version: 3.0.0 is not a version of the kubernetes provider/],
  ["pluginDownloadURL", { pluginDownloadURL: "https://plugins.example" }, /option pluginDownloadURL: no plugin/],
  ["envVarMappings", { envVarMappings: { A: "B" } }, /option envVarMappings: /],
];
test.each(refusals)(
  "%s is refused by its name before anything is made, of components too",
  async (name, options, message) => {
    const stack = new TestStack(server, `refused-${name.toLowerCase()}`);
    await expect(stack.up([map("before", {}), map("asks", {}, options)])).rejects.toThrow(message);
    await expect(stack.preview([map("asks", {}, options)])).rejects.toThrow(message);
    if (options.calls)
      await expect(stack.up([map("before", {}), { type: "group", name: "asks", ...options }])).rejects.toThrow(message);
    expect(await stack.get("ConfigMap", "before")).toBeUndefined();
  },
);

test("a component's children are retained, protected and deleted with another as it is, unless they say otherwise", async () => {
  const stack = new TestStack(server, "inherited");
  const group = (name: string, more: Partial<RequestedResource>): RequestedResource => ({
    type: "group",
    name,
    ...more,
  });
  const resources = (guarded: Partial<RequestedResource>): RequestedResource[] => [
    map("cluster", {}),
    group("kept", { retainOnDelete: true }),
    group("inner", { parent: "kept" }),
    map("kept-deep", {}, { parent: "inner" }),
    map("let-go", {}, { parent: "kept", retainOnDelete: false }),
    group("with", { deletedWith: "cluster" }),
    map("goes-with", {}, { parent: "with" }),
    group("guarded", { protect: true }),
    map("guarded", {}, { parent: "guarded", ...guarded }),
  ];
  await stack.up(resources({}));
  const result = await stack.up([]);
  expect(result.changes).toEqual([]);
  expect(result.summary.failures).toEqual([expect.stringMatching(/ConfigMap default\/guarded .* it is protected/)]);
  await stack.up(resources({ protect: false }));
  const { changes } = await stack.up([]);
  expect(changes).toEqual([
    "delete ConfigMap default/cluster",
    "delete ConfigMap default/guarded",
    "delete ConfigMap default/let-go",
  ]);
  expect(await uid(stack, "kept-deep")).toBeDefined();
});

test("replaceOnChanges asks what the API server would change, what is taken out and other spellings included", async () => {
  const stack = new TestStack(server, "spelling");
  const resource = (cpu: string, labels: object, paths: string[]): RequestedResource => ({
    type: "kubernetes:apps/v1:Deployment",
    name: "spelled",
    replaceOnChanges: paths,
    args: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "spelled", namespace: "default", annotations: { "pulumi.com/skipAwait": "true" }, labels },
      spec: {
        selector: { matchLabels: { app: "spelled" } },
        template: {
          metadata: { labels: { app: "spelled" } },
          spec: { containers: [{ name: "main", image: "registry.local/none:1", resources: { requests: { cpu } } }] },
        },
      },
    },
  });
  await stack.up([resource("0.5", { a: "1" }, ["*"])]);
  expect((await stack.up([resource("0.5", { a: "1" }, ["*"])])).summary).toMatchObject({ unchanged: 1, failures: [] });
  expect((await stack.up([resource("500m", { a: "1" }, ["spec"])])).summary).toMatchObject({
    unchanged: 1,
    failures: [],
  });
  const preview = await stack.preview([resource("500m", {}, ["metadata.labels"])]);
  expect(preview.changes).toEqual(["replace Deployment default/spelled"]);
  expect((await stack.up([resource("500m", {}, ["metadata.labels.b"])])).summary).toMatchObject({ updated: 1 });
  const path = "spec.template.spec.containers[*].resources.requests.cpu";
  expect((await stack.up([resource("600m", {}, [path])])).summary).toMatchObject({ replaced: 1, failures: [] });
});

test("ignoreChanges of everything, or of what a Secret calls stringData, keeps what is there and whose it is", async () => {
  const stack = new TestStack(server, "ignored");
  const secret = (password: string, more: Partial<RequestedResource> = {}): RequestedResource => ({
    type: "kubernetes:core/v1:Secret",
    name: "ignored",
    args: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "ignored", namespace: "default" },
      stringData: { password },
    },
    ...more,
  });
  await stack.up([map("ignored", { a: "1" }), secret("one")]);
  for (const [mapPath, secretPath] of [
    ["*", "stringData.password"],
    ["metadata", '["stringData"].password'],
    ["metadata.labels", "stringData"],
  ] as const) {
    const { summary } = await stack.up([
      map("ignored", { a: "1" }, { ignoreChanges: [mapPath] }),
      secret("two", { ignoreChanges: [secretPath] }),
    ]);
    expect(summary).toMatchObject({ failed: 0, failures: [] });
  }
  expect((await stack.get("Secret", "ignored"))?.data).toEqual({ password: "b25l" });
  expect((await stack.up([secret("two", { replaceOnChanges: ["stringData"] })])).summary).toMatchObject({
    replaced: 1,
  });
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 1, failures: [] });
  expect(await uid(stack, "ignored")).toBeUndefined();
});

test("what can't be an object's name, its kind or a path is refused before anything is made", async () => {
  const stack = new TestStack(server, "unnamed");
  const widgetAt = (name: string, metadata: object, more: Partial<RequestedResource> = {}) =>
    map(name, {}, { ...more, args: { metadata } });
  const resources = [
    map("fine", {}),
    widgetAt("empty", { name: "", namespace: "default" }),
    widgetAt("generated", { generateName: "a-", namespace: "default" }),
    widgetAt("number", { name: 5 }),
    widgetAt("above", { name: "..", namespace: "default" }),
    widgetAt("slash", { name: "a/b", namespace: "default" }),
    widgetAt("space", { name: "a", namespace: "default/configmaps/fine?x=" }),
    map("path", {}, { ignoreChanges: ['data["a'] }),
    { type: "kubernetes:core/v1:ConfigMap", name: "kindless", args: { apiVersion: "v1", metadata: { name: "k" } } },
    {
      type: "kubernetes:core/v1:List",
      name: "list",
      args: { apiVersion: "v1", kind: "List", metadata: { name: "l" } },
    },
  ];
  const message = String(await stack.up(resources).catch((error: Error) => error));
  expect(message).toContain("9 resources can't be made by this deployer, nothing was changed");
  for (const words of [
    "'empty': metadata.name is missing",
    "'generated': metadata.name is missing: give the object an explicit name (generateName is not supported here)",
    "'number': metadata.name is 5: it must be a text",
    "'above': metadata.name is '..'",
    "'slash': metadata.name is 'a/b'",
    "'space': metadata.namespace is \"default/configmaps/fine?x=\"",
    "'path': option ignoreChanges: 'data[\"a' is not a valid property path",
    "'kindless': kind is missing",
    "'list': a list is not a single object",
  ])
    expect(message).toContain(words);
  expect(await uid(stack, "fine")).toBeUndefined();
});

// What `up`, `preview` and `destroy` do to a real API server.
import { afterAll, beforeAll, expect, test } from "vitest";
import { readOutputs } from "../../../embedded/deploy/deploy.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { map, program, TestStack, versions } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => await server?.stop());

const small = (name: string) => new TestStack(server, name, program("small"));
const run = async (stack: TestStack, config: Record<string, unknown> = {}) =>
  await stack.run((await import("../../../embedded/deploy/deploy.ts")).up, config);

test("a first up makes every object, an unchanged one touches none, destroy leaves nothing", async () => {
  const before = await versions(small("life").cluster);
  const stack = small("life");
  const first = await run(stack);
  expect(first.summary).toMatchObject({ created: 6, updated: 0, replaced: 0, deleted: 0, failures: [] });
  expect(first.summary.outputs).toMatchObject({ names: ["map-0", "map-1", "map-2"] });
  const firstVersions = await versions(stack.cluster);
  expect(Object.keys(firstVersions)).toEqual(
    expect.arrayContaining(["Namespace /small", "Secret small/secret", "ConfigMap small/map-2"]),
  );
  const again = await run(stack);
  expect(again.summary).toMatchObject({ created: 0, updated: 0, unchanged: 6, failures: [] });
  expect(await versions(stack.cluster)).toEqual(firstVersions);
  const result = await stack.destroy();
  expect(result.summary.failures).toEqual([]);
  expect(result.changes).toContain("delete Namespace small");
  expect(await versions(stack.cluster)).toEqual(before);
});

test("a changed setting updates only what it is about", async () => {
  const stack = new TestStack(server, "change");
  await stack.up([map("change-a", { text: "a" }), map("change-b", { text: "b" })]);
  const before = await versions(stack.cluster);
  const { changes, events } = await stack.up([map("change-a", { text: "a" }), map("change-b", { text: "new" })]);
  expect(changes).toEqual(["update ConfigMap default/change-b"]);
  expect(events.find(({ operation }) => operation === "update")?.changes).toEqual([
    { path: "data.text", before: "b", after: "new" },
  ]);
  const after = await versions(stack.cluster);
  const changed = Object.keys(after).filter((key) => after[key] !== before[key] && key.startsWith("ConfigMap"));
  expect(changed).toEqual(["ConfigMap default/change-b"]);
});

test("what left the program is deleted, a field that left is removed, and what others own stays", async () => {
  const stack = new TestStack(server, "prune");
  await stack.up([map("prune-a", { one: "1", two: "2" }), map("prune-b", {}), map("prune-c", {})]);
  await stack.cluster.apply(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "prune-a", namespace: "default" },
      data: { theirs: "kept" },
    },
    { manager: "somebody-else", force: false },
  );
  const { changes } = await stack.up([map("prune-a", { one: "1" }), map("prune-c", {})]);
  expect(changes).toEqual(["delete ConfigMap default/prune-b", "update ConfigMap default/prune-a"]);
  expect((await stack.get("ConfigMap", "prune-a"))?.data).toEqual({ one: "1", theirs: "kept" });
  expect(await stack.get("ConfigMap", "prune-b")).toBeUndefined();
  expect(await stack.get("ConfigMap", "prune-c")).toBeDefined();
});

test("drift is set right", async () => {
  const stack = new TestStack(server, "drift");
  await stack.up([map("drift", { text: "ours" })]);
  await stack.cluster.apply(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "drift", namespace: "default" },
      data: { text: "theirs" },
    },
    { manager: "somebody-else", force: true },
  );
  expect((await stack.up([map("drift", { text: "ours" })])).changes).toEqual(["update ConfigMap default/drift"]);
  await stack.cluster.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "drift" });
  expect((await stack.up([map("drift", { text: "ours" })])).changes).toEqual(["create ConfigMap default/drift"]);
  expect((await stack.get("ConfigMap", "drift"))?.data).toEqual({ text: "ours" });
});

test("an immutable field's change replaces the object", async () => {
  const stack = new TestStack(server, "replace");
  const fixed = (text: string) => map("replace", { text }, { args: { immutable: true } });
  await stack.up([fixed("a")]);
  const uid = (await stack.get("ConfigMap", "replace"))?.metadata.uid;
  const plan = await stack.preview([fixed("b")]);
  expect(plan.changes).toEqual(["replace ConfigMap default/replace"]);
  const { changes, summary } = await stack.up([fixed("b")]);
  expect(changes).toEqual(["replace ConfigMap default/replace"]);
  expect(summary.replaced).toBe(1);
  const replaced = await stack.get("ConfigMap", "replace");
  expect(replaced?.data).toEqual({ text: "b" });
  expect(replaced?.metadata.uid).not.toBe(uid);
});

test("replaceOnChanges replaces, and ignoreChanges leaves the live value, wildcards included", async () => {
  const stack = new TestStack(server, "options");
  const resources = (text: string, other: string) => [
    map("options-replace", { text, other }, { replaceOnChanges: ["data.text"] }),
    map("options-ignore", { text, other }, { ignoreChanges: ["data[*]"] }),
  ];
  await stack.up(resources("a", "a"));
  expect((await stack.up(resources("a", "b"))).changes).toEqual(["update ConfigMap default/options-replace"]);
  expect((await stack.up(resources("c", "b"))).changes).toEqual(["replace ConfigMap default/options-replace"]);
  expect((await stack.get("ConfigMap", "options-ignore"))?.data).toEqual({ text: "a", other: "a" });
});

test("a preview changes nothing and shows each field that would change", async () => {
  const stack = new TestStack(server, "preview");
  await stack.up([map("preview-a", { text: "a", gone: "x" }), map("preview-b", {})]);
  const before = await versions(stack.cluster);
  const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: "preview-new" } };
  const inside = { metadata: { name: "inside", namespace: "preview-new" } };
  const { changes, events, summary } = await stack.preview([
    map("preview-a", { text: "new", more: "y" }),
    { type: "kubernetes:core/v1:Namespace", name: "space", args: space },
    map("inside", {}, { args: inside, dependsOn: ["space"] }),
  ]);
  expect(summary.failures).toEqual([]);
  expect(changes).toEqual([
    "create ConfigMap preview-new/inside",
    "create Namespace preview-new",
    "delete ConfigMap default/preview-b",
    "update ConfigMap default/preview-a",
  ]);
  expect(events.find(({ operation }) => operation === "update")?.changes).toEqual(
    expect.arrayContaining([
      { path: "data.text", before: "a", after: "new" },
      { path: "data.gone", before: "x", after: undefined },
      { path: "data.more", before: undefined, after: "y" },
    ]),
  );
  expect(await versions(stack.cluster)).toEqual(before);
});

test("an alias renames a resource without touching its object", async () => {
  const stack = new TestStack(server, "rename");
  await stack.up([{ type: "group", name: "old-group" }, map("rename", { text: "a" }, { parent: "old-group" })]);
  const before = (await stack.get("ConfigMap", "rename"))?.metadata;
  const { changes, summary } = await stack.up([
    map(
      "rename",
      { text: "a" },
      { name: "renamed", aliases: ["urn:pulumi:rename::any::test:index:Group$kubernetes:core/v1:ConfigMap::rename"] },
    ),
  ]);
  expect(changes).toEqual([]);
  expect(summary).toMatchObject({ unchanged: 1, deleted: 0 });
  expect((await stack.get("ConfigMap", "rename"))?.metadata).toMatchObject({
    uid: before?.uid,
    resourceVersion: before?.resourceVersion,
  });
});

test("without an alias too the same object under another name is not deleted", async () => {
  const stack = new TestStack(server, "moved");
  await stack.up([map("moved", { text: "a" })]);
  const uid = (await stack.get("ConfigMap", "moved"))?.metadata.uid;
  const { summary } = await stack.up([map("moved", { text: "a" }, { name: "other" })]);
  expect(summary.failures).toEqual([]);
  expect((await stack.get("ConfigMap", "moved"))?.metadata.uid).toBe(uid);
});

test("a custom resource follows its definition in the same run, and both go", async () => {
  const stack = new TestStack(server, "custom");
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.test.example" },
    spec: {
      group: "test.example",
      scope: "Namespaced",
      names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
            },
          },
        },
      ],
    },
  };
  const resources = [
    { type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", name: "definition", args: definition },
    {
      type: "kubernetes:test.example/v1:Widget",
      name: "widget",
      args: { apiVersion: "test.example/v1", kind: "Widget", metadata: { name: "w" }, spec: { size: 3 } },
      dependsOn: ["definition"],
    },
  ];
  expect((await stack.preview(resources)).summary).toMatchObject({ created: 2, failures: [] });
  expect((await stack.up(resources)).summary).toMatchObject({ created: 2, failures: [] });
  expect((await stack.up(resources)).summary).toMatchObject({ unchanged: 2, updated: 0 });
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 2, failures: [] });
});

test("a Patch resource changes fields of somebody else's object and gives them up again", async () => {
  const stack = new TestStack(server, "patch");
  const account = { apiVersion: "v1", kind: "ServiceAccount", namespace: "default", name: "default" };
  const patch = {
    type: "kubernetes:core/v1:ServiceAccountPatch",
    name: "account",
    args: {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "default", namespace: "default" },
      automountServiceAccountToken: false,
    },
  };
  expect((await stack.up([patch])).summary.failures).toEqual([]);
  const uid = (await stack.cluster.get(account))?.metadata.uid;
  expect((await stack.cluster.get(account))?.automountServiceAccountToken).toBe(false);
  expect((await stack.up([patch])).summary).toMatchObject({ unchanged: 1, updated: 0 });
  expect((await stack.destroy()).summary.failures).toEqual([]);
  const after = await stack.cluster.get(account);
  expect(after?.metadata.uid).toBe(uid);
  expect(after?.automountServiceAccountToken).toBeUndefined();
});

test("an account's token is waited for, and a secret to the program", async () => {
  const stack = new TestStack(server, "token");
  const account = { name: "token-account", namespace: "default" };
  const resources = [
    {
      type: "kubernetes:core/v1:ServiceAccount",
      name: "account",
      args: { apiVersion: "v1", kind: "ServiceAccount", metadata: account },
    },
    {
      type: "kubernetes:core/v1:Secret",
      name: "token",
      dependsOn: ["account"],
      args: {
        apiVersion: "v1",
        kind: "Secret",
        type: "kubernetes.io/service-account-token",
        metadata: {
          name: "token",
          namespace: "default",
          annotations: { "kubernetes.io/service-account.name": account.name },
        },
      },
    },
  ];
  const { summary } = await stack.up(resources, { outputs: { token: "$out:token.data.token" } });
  expect(summary).toMatchObject({ failures: [], outputs: { shown: { token: "[secret]" } } });
  const shown = (await readOutputs(stack.options)).shown as { token: string };
  expect(Buffer.from(shown.token, "base64").toString().split(".")).toHaveLength(3);
  expect((await stack.up(resources, { outputs: { token: "$out:token.data.token" } })).summary.unchanged).toBe(2);
  expect((await readOutputs(stack.options)).shown).toEqual(shown);
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("several clusters: each object goes to its provider's", async () => {
  const other = await borrowApiServer();
  try {
    const stack = new TestStack(server, "clusters");
    const otherStack = new TestStack(other, "clusters");
    const resources = [
      { type: "provider", name: "there", args: { kubeconfig: other.kubeconfig } },
      map("clusters-there", {}, { provider: "there" }),
      map("clusters-here", {}),
    ];
    expect((await stack.up(resources)).summary.failures).toEqual([]);
    expect(await otherStack.get("ConfigMap", "clusters-there")).toBeDefined();
    expect(await otherStack.get("ConfigMap", "clusters-here")).toBeUndefined();
    expect(await stack.get("ConfigMap", "clusters-there")).toBeUndefined();
    expect((await stack.destroy()).summary).toMatchObject({ deleted: 2, failures: [] });
    expect(await otherStack.get("ConfigMap", "clusters-there")).toBeUndefined();
  } finally {
    await other.stop();
  }
});

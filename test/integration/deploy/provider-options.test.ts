// What a provider is told, by its arguments, by the stack's config and by the kubeconfig: done, or refused and nothing is made.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { renderTo } from "../../../embedded/deploy/deploy.ts";
import { type ApiServer, startApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { kubectl, map, program, type RequestedResource, TestStack } from "./stack.ts";

let server: ApiServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "provider-options-"));
  server = await borrowApiServer({ controllerManager: true });
  for (const space of ["team-a", "team-b", "team-c"]) kubectl(server, "create", "namespace", space);
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Kubeconfig {
  contexts: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters: { name: string; cluster: object }[];
}

/** The server's kubeconfig with something changed, in a file. */
function kubeconfig(name: string, change: (config: Kubeconfig) => void): string {
  const config = parse(readFileSync(server.kubeconfig, "utf8")) as Kubeconfig;
  change(config);
  const file = join(folder, name);
  writeFileSync(file, stringify(config));
  return file;
}

/** One with two contexts, of which only `team` says a namespace and `lost` names a cluster that is none. */
const twoContexts = () =>
  kubeconfig("several", (config) => {
    const [first] = config.contexts;
    if (!first) throw new Error("the server's kubeconfig has no context");
    config.clusters.push({ name: "nowhere", cluster: { server: "https://127.0.0.1:9" } });
    config.contexts.push({ name: "team", context: { ...first.context, namespace: "team-a" } });
    config.contexts.push({ name: "lost", context: { ...first.context, cluster: "nowhere" } });
  });

/** A ConfigMap that names no namespace. */
const mapWithoutNamespace = (name: string, more: Partial<RequestedResource> = {}) =>
  map(name, { a: "1" }, { ...more, args: { metadata: { name } } });
const provider = (name: string, args: Record<string, unknown>): RequestedResource => ({ type: "provider", name, args });
const space = async (stack: TestStack, name: string) => {
  const maps = await stack.cluster.list({ apiVersion: "v1", kind: "ConfigMap" }, "");
  return maps.filter(({ metadata }) => metadata.name === name).map(({ metadata }) => metadata.namespace);
};

test("the namespace of the kubeconfig's context is that of objects that name none", async () => {
  const stack = new TestStack(server, "context");
  stack.options.kubeconfig = kubeconfig("team-a", ({ contexts }) => {
    for (const { context } of contexts) context.namespace = "team-a";
  });
  const outputs = { outputs: { namespace: "$out:where-am-i.metadata.namespace" } };
  const first = await stack.up([mapWithoutNamespace("where-am-i")], outputs);
  expect(first.summary).toMatchObject({ created: 1, failures: [], outputs: { shown: { namespace: "team-a" } } });
  expect(await space(stack, "where-am-i")).toEqual(["team-a"]);
  expect((await stack.up([mapWithoutNamespace("where-am-i")], outputs)).summary).toMatchObject({
    unchanged: 1,
    failures: [],
  });
  const result = await stack.up([mapWithoutNamespace("where-am-i")], {
    read: "kubernetes:core/v1:ConfigMap|where-am-i",
  });
  expect(result.summary.outputs.readData).toEqual({ a: "1" });
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 1, failures: [] });
});

test("arguments context, cluster and namespace of a provider win over the kubeconfig's", async () => {
  const stack = new TestStack(server, "arguments");
  const [cluster] = (parse(readFileSync(server.kubeconfig, "utf8")) as Kubeconfig).clusters;
  const resources = [
    provider("by-context", { kubeconfig: twoContexts(), context: "team" }),
    provider("by-namespace", { kubeconfig: twoContexts(), context: "team", namespace: "team-b" }),
    provider("by-cluster", { kubeconfig: twoContexts(), context: "lost", cluster: cluster?.name, namespace: "team-c" }),
    mapWithoutNamespace("in-a", { provider: "by-context" }),
    mapWithoutNamespace("in-b", { provider: "by-namespace" }),
    mapWithoutNamespace("in-c", { provider: "by-cluster" }),
  ];
  expect((await stack.up(resources)).summary).toMatchObject({ created: 3, failures: [] });
  expect(await Promise.all(["in-a", "in-b", "in-c"].map((name) => space(stack, name)))).toEqual([
    ["team-a"],
    ["team-b"],
    ["team-c"],
  ]);
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 3, failures: [] });
});

test("the stack's config kubernetes:* is what resources without a provider are told", async () => {
  const stack = new TestStack(server, "config");
  const config = { "kubernetes:kubeconfig": twoContexts(), "kubernetes:context": "team" };
  expect((await stack.up([mapWithoutNamespace("by-config")], config)).summary).toMatchObject({
    created: 1,
    failures: [],
  });
  expect(await space(stack, "by-config")).toEqual(["team-a"]);
  const result = await stack.up([mapWithoutNamespace("by-config")], { ...config, "kubernetes:namespace": "team-b" });
  expect(result.summary).toMatchObject({ replaced: 1, failures: [] });
  expect(await space(stack, "by-config")).toEqual(["team-b"]);
  const rendered = stack.up([mapWithoutNamespace("other")], { "kubernetes:renderYamlToDirectory": "out" });
  await expect(rendered).rejects.toThrow("renderYamlToDirectory: objects are not written to a folder by a run");
  expect(await space(stack, "other")).toEqual([]);
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("arguments that can't be done are refused by their names before anything is made", async () => {
  const stack = new TestStack(server, "refused-arguments");
  const resources = [
    map("first", {}),
    provider("renders", {
      kubeconfig: server.kubeconfig,
      renderYamlToDirectory: "out",
      enableServerSideApply: "false",
    }),
    map("second", {}, { provider: "renders" }),
  ];
  const message = /argument enableServerSideApply: .*argument renderYamlToDirectory: .*make render/;
  await expect(stack.up(resources)).rejects.toThrow(message);
  await expect(stack.preview(resources)).rejects.toThrow(message);
  expect(await stack.get("ConfigMap", "first")).toBeUndefined();
  expect(await stack.get("ConfigMap", "second")).toBeUndefined();
});

test("what is done anyway is taken: enableServerSideApply, enableConfigMapMutable and the like", async () => {
  const stack = new TestStack(server, "anyway");
  const settings = {
    enableServerSideApply: "true",
    enableConfigMapMutable: "true",
    enableSecretMutable: "true",
    suppressDeprecationWarnings: "true",
    suppressHelmHookWarnings: "true",
    helmReleaseSettings: '{"driver":"secret"}',
  };
  const resources = [
    provider("p", { kubeconfig: server.kubeconfig, ...settings }),
    map("anyway", {}, { provider: "p" }),
  ];
  expect((await stack.up(resources)).summary).toMatchObject({ created: 1, failures: [] });
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("upsertExistingObjects takes over what belongs to nobody, and no other stack's", async () => {
  const stack = new TestStack(server, "upsert");
  kubectl(server, "create", "configmap", "there-already", "--from-literal=b=2");
  const resources = (name: string) => [
    provider("p", { kubeconfig: server.kubeconfig, upsertExistingObjects: "true" }),
    map(name, { a: "1" }, { provider: "p" }),
  ];
  expect((await stack.up(resources("there-already"))).summary.failures).toEqual([]);
  expect((await stack.get("ConfigMap", "there-already"))?.data).toEqual({ a: "1", b: "2" });
  const owner = new TestStack(server, "upsert-owner");
  await owner.up([map("theirs", {})]);
  expect((await stack.up(resources("theirs"))).summary.failures[0]).toContain("it belongs to another stack");
  expect((await stack.destroy()).summary.failures).toEqual([]);
  expect((await owner.destroy()).summary.failures).toEqual([]);
});

test("enablePatchForce takes a field over from another field manager", async () => {
  const stack = new TestStack(server, "force");
  kubectl(server, "create", "configmap", "patched", "--from-literal=a=theirs", "--field-manager=somebody");
  const resources = (settings: object) => [
    provider("p", { kubeconfig: server.kubeconfig, ...settings }),
    {
      type: "kubernetes:core/v1:ConfigMapPatch",
      name: "patch",
      provider: "p",
      args: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "patched", namespace: "default" },
        data: { a: "ours" },
      },
    },
  ];
  expect((await stack.up(resources({}))).summary.failures[0]).toContain("conflict");
  expect((await stack.up(resources({ enablePatchForce: "true" }))).summary.failures).toEqual([]);
  expect((await stack.get("ConfigMap", "patched"))?.data).toEqual({ a: "ours" });
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("another clusterIdentifier, or another cluster, is refused while the provider has objects there", async () => {
  const stack = new TestStack(server, "identifier");
  const resources = (clusterIdentifier: string | undefined, address = server.kubeconfig) => [
    provider("p", { kubeconfig: address, clusterIdentifier }),
    map("identified", {}, { provider: "p" }),
  ];
  const otherCluster = kubeconfig("elsewhere", ({ clusters }) => {
    for (const { cluster } of clusters) (cluster as { server: string }).server = "https://localhost:9";
  });
  expect((await stack.up(resources(undefined))).summary.failures).toEqual([]);
  expect((await stack.up(resources(undefined, otherCluster))).summary.failures).toEqual([
    expect.stringContaining("its cluster was home, and is https://localhost:9 now: 1 objects would be made anew"),
  ]);
  expect((await stack.up(resources("one"))).summary).toMatchObject({ unchanged: 1, failures: [] });
  const message = "argument clusterIdentifier: it was 'one': 1 objects";
  expect((await stack.up(resources("two"))).summary.failures).toEqual([expect.stringContaining(message)]);
  // With anything to change elsewhere, that isn't changed either.
  await expect(stack.up([map("new", {}), ...resources("two")])).rejects.toThrow(message);
  expect(await stack.get("ConfigMap", "new")).toBeUndefined();
  expect((await stack.up(resources("one"))).summary).toMatchObject({ unchanged: 1, failures: [] });
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("config that names another cluster for what names no provider is refused while that has objects", async () => {
  const stack = new TestStack(server, "moved");
  const resources = [mapWithoutNamespace("moves", { args: { metadata: { name: "moves", namespace: "team-a" } } })];
  expect((await stack.up(resources)).summary.failures).toEqual([]);
  const config = { "kubernetes:kubeconfig": twoContexts(), "kubernetes:context": "lost" };
  expect((await stack.up(resources, config)).summary.failures).toEqual([
    expect.stringContaining("its cluster was home"),
  ]);
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 1, failures: [] });
});

test("deleteUnreachable forgets what was in a cluster that doesn't answer any more", async () => {
  const lost = await startApiServer();
  const stack = new TestStack(server, "lost-cluster");
  const resources = [
    provider("p", { kubeconfig: readFileSync(lost.kubeconfig, "utf8"), deleteUnreachable: "true" }),
    map("lost", {}, { provider: "p" }),
  ];
  expect((await stack.up(resources)).summary.failures).toEqual([]);
  await lost.stop();
  expect((await stack.destroy()).summary.failures).toEqual([]);
});

test("a render puts objects where up puts them, and needs no provider to be one that applies", async () => {
  const config = {
    "kubernetes:namespace": "team-b",
    resources: [
      provider("renders", { namespace: "team-a", renderYamlToDirectory: "out" }),
      mapWithoutNamespace("rendered", { provider: "renders" }),
      mapWithoutNamespace("plain"),
    ],
  };
  const out = join(folder, "out");
  const options = { directory: program("any"), stack: "render-options", config };
  const files = await renderTo({ ...options, out, stateFile: join(folder, "state.json") });
  expect(files.map((file) => file.slice(4)).sort()).toEqual([
    "configmap-team-a-rendered.yaml",
    "configmap-team-b-plain.yaml",
  ]);
  const renderKubeconfig = kubeconfig("render", ({ contexts }) => {
    for (const { context } of contexts) context.namespace = "team-c";
  });
  const more = { ...options, config: { resources: [mapWithoutNamespace("plain")] }, kubeconfig: renderKubeconfig };
  expect(await renderTo({ ...more, out, stateFile: join(folder, "state.json") })).toEqual([
    "000-configmap-team-c-plain.yaml",
  ]);
});

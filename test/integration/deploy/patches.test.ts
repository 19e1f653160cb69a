// Several patches of one object: each keeps the fields that it sets, gives up its own alone, and takes over what it had by another manager.
import { beforeEach, expect, test } from "vitest";
import type { Cluster, KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { patchManager } from "../../../embedded/deploy/patches.ts";
import type { ApiServer } from "../apiserver.ts";
import { bareCluster } from "./bare-cluster.ts";
import { type RequestedResource, TestStack } from "./stack.ts";
import { changeState } from "./states.ts";

let server: ApiServer;
let cluster: Cluster;
bareCluster((started) => {
  ({ server, cluster } = started);
});

const mapKey = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name });
const otherManager = { manager: "somebody-else", force: true };
const object = (name: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { theirs: "1" },
});

beforeEach(async () => {
  for (const name of ["patched", "other"]) {
    await cluster.delete(mapKey(name));
    await cluster.apply(object(name), otherManager);
  }
});

/** A patch of the object `patched`, unless it is to be another one. */
const patch = (
  name: string,
  data: Record<string, string>,
  more: Partial<RequestedResource> & { of?: string } = {},
): RequestedResource => {
  const { of: target = "patched", ...rest } = more;
  const args = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: target, namespace: "default" }, data };
  return { type: "kubernetes:core/v1:ConfigMapPatch", name, args, ...rest };
};
const data = async (name = "patched") => (await cluster.get(mapKey(name)))?.data;
const managers = async () => {
  const live = await cluster.get(mapKey("patched"));
  return ((live?.metadata.managedFields ?? []) as { manager: string }[]).map(({ manager }) => manager).sort();
};
const urn = (stack: string, name: string) => `urn:pulumi:${stack}::any::kubernetes:core/v1:ConfigMapPatch::${name}`;

test("patches of one name in two stacks leave each other's fields alone, run after run, and one's destroy leaves the other's", async () => {
  const [first, second] = [new TestStack(server, "first"), new TestStack(server, "second")];
  const [firstPatch, secondPatch] = [[patch("settings", { one: "1" })], [patch("settings", { two: "2" })]];
  await first.up(firstPatch);
  await second.up(secondPatch);
  expect(await data()).toEqual({ theirs: "1", one: "1", two: "2" });
  expect((await first.up(firstPatch)).summary).toMatchObject({ unchanged: 1, updated: 0 });
  expect((await second.up(secondPatch)).summary).toMatchObject({ unchanged: 1, updated: 0 });
  await first.destroy();
  expect(await data()).toEqual({ theirs: "1", two: "2" });
  await second.destroy();
  expect(await data()).toEqual({ theirs: "1" });
  expect(await managers()).toEqual(["somebody-else"]);
});

test("patches of one name in two components of a stack leave each other's fields alone", async () => {
  const stack = new TestStack(server, "components");
  // Two types of component: their children's names may be the same.
  const resources = (...patches: RequestedResource[]) => [
    { type: "group", name: "group" },
    { type: "group", name: "inner", parent: "group" },
    ...patches,
  ];
  const outer = patch("settings", { outer: "1" }, { parent: "group" });
  const inner = patch("settings", { inner: "2" }, { parent: "inner" });
  expect((await stack.up(resources(outer, inner))).summary).toMatchObject({ created: 0, updated: 2, failures: [] });
  expect(await data()).toEqual({ theirs: "1", outer: "1", inner: "2" });
  await stack.up(resources(inner));
  expect(await data()).toEqual({ theirs: "1", inner: "2" });
  await stack.destroy();
  expect(await data()).toEqual({ theirs: "1" });
});

test("a patch that moves to another object gives the former one's fields up", async () => {
  const stack = new TestStack(server, "moves");
  await stack.up([patch("settings", { ours: "1" })]);
  expect((await stack.up([patch("settings", { ours: "1" }, { of: "other" })])).summary.failures).toEqual([]);
  expect([await data(), await data("other")]).toEqual([{ theirs: "1" }, { theirs: "1", ours: "1" }]);
  await stack.destroy();
  expect(await data("other")).toEqual({ theirs: "1" });
});

test("a patch that is renamed with an alias takes its fields along", async () => {
  const stack = new TestStack(server, "renamed");
  await stack.up([patch("before", { kept: "1", dropped: "1" })]);
  await stack.up([patch("after", { kept: "2" }, { aliases: [{ name: "before" }] })]);
  expect(await data()).toEqual({ theirs: "1", kept: "2" });
  expect(await managers()).toEqual([patchManager(urn("renamed", "after")), "somebody-else"]);
  await stack.destroy();
  expect(await data()).toEqual({ theirs: "1" });
});

/** Turns a stack's patch into what an earlier release would have left: fields by a manager that is called after the patch's name alone. */
async function asBefore(stack: string, name: string, fields: Record<string, string>): Promise<void> {
  const { data: _, ...withoutData } = object("patched");
  await cluster.apply(withoutData, { manager: patchManager(urn(stack, name)), force: true });
  await cluster.apply({ ...withoutData, data: fields }, { manager: `agentic-deploy-patch-${name}`, force: true });
  await changeState(cluster, ["any", stack], ({ resources }) => delete resources[urn(stack, name)]?.manager);
}

test("an earlier release's patch is taken over with its fields: one that is dropped goes, another keeps its value", async () => {
  const stack = new TestStack(server, "former");
  const before = { kept: "1", changed: "1", dropped: "1" };
  await stack.up([patch("settings", before)]);
  await asBefore("former", "settings", before);
  const resources = [patch("settings", { kept: "1", changed: "2" })];
  expect((await stack.preview(resources)).summary).toMatchObject({ updated: 1, failures: [] });
  expect((await stack.up(resources)).summary).toMatchObject({ updated: 1, failures: [] });
  expect(await data()).toEqual({ theirs: "1", kept: "1", changed: "2" });
  expect(await managers()).toEqual([patchManager(urn("former", "settings")), "somebody-else"]);
  expect((await stack.up(resources)).summary).toMatchObject({ unchanged: 1, updated: 0 });
  await asBefore("former", "settings", { kept: "1", changed: "2" });
  await stack.destroy();
  expect(await data()).toEqual({ theirs: "1" });
});

test("of a manager that two stacks of an earlier release had in common, each gets its own, and none loses a field to the other", async () => {
  const [first, second] = [new TestStack(server, "one"), new TestStack(server, "two")];
  const [firstPatch, secondPatch] = [[patch("settings", { one: "1" })], [patch("settings", { two: "2" })]];
  await first.up(firstPatch);
  await second.up(secondPatch);
  await asBefore("one", "settings", { one: "1" });
  await asBefore("two", "settings", { two: "2" });
  // The last one that was applied had wiped the other one's field.
  expect(await data()).toEqual({ theirs: "1", two: "2" });
  await first.up(firstPatch);
  expect(await data()).toEqual({ theirs: "1", one: "1", two: "2" });
  await second.up(secondPatch);
  expect(await data()).toEqual({ theirs: "1", one: "1", two: "2" });
  expect((await first.up(firstPatch)).summary).toMatchObject({ unchanged: 1 });
  expect(await managers()).toEqual(
    [patchManager(urn("one", "settings")), patchManager(urn("two", "settings")), "somebody-else"].sort(),
  );
  // Destroyed straight after the upgrade, one leaves what the other may have by the same manager.
  await asBefore("one", "settings", { one: "1" });
  await asBefore("two", "settings", { two: "2" });
  await first.destroy();
  expect(await data()).toMatchObject({ two: "2" });
  await second.destroy();
  expect(await data()).toEqual({ theirs: "1" });
});

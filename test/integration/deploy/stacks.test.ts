// Several stacks in one cluster: whose state is whose, and how a state of an earlier release comes to its present name.
import { expect, test } from "vitest";
import { readOutputs } from "../../../embedded/deploy/deploy.ts";
import type { Cluster, KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { formerApplySetId, formerParentName, parentName } from "../../../embedded/deploy/names.ts";
import { emptyState, partOf } from "../../../embedded/deploy/state.ts";
import type { ApiServer } from "../apiserver.ts";
import { bareCluster } from "./bare-cluster.ts";
import { CutOff } from "./cut-off.ts";
import { map, projectNamed, TestStack } from "./stack.ts";
import { dataOf, freeLease, stateIn, stateNames, system } from "./states.ts";

let server: ApiServer;
let cluster: Cluster;
bareCluster((started) => {
  ({ server, cluster } = started);
});

const stackOf = (project: string, stack: string, connection: { kubeconfig: string } = server) =>
  new TestStack({ ...server, ...connection }, stack, projectNamed(project));
const states = () => stateNames(cluster);
const maps = async () =>
  (await cluster.list({ apiVersion: "v1", kind: "ConfigMap", namespace: "default" }, partOf))
    .map(({ metadata }) => metadata.name)
    .sort();

test.each([
  ["shop/eu-dev", "shop-eu/dev"],
  ["shop/Dev", "shop/dev"],
  ["a.b/c", "a/b.c"],
  ["a_b/c", "a-b/c"],
  [`${"p".repeat(90)}/one`, `${"p".repeat(90)}/two`],
])("the stacks %s and %s each keep what is theirs", async (firstId, secondId) => {
  const [[a, b], [c, d]] = [firstId.split("/"), secondId.split("/")] as [[string, string], [string, string]];
  const [first, second] = [stackOf(a, b), stackOf(c, d)];
  await first.up([map("one", { text: "one" })], { outputs: { text: "one" } });
  await second.up([map("other", {})], { outputs: { text: "other" } });
  expect(await maps()).toEqual(["one", "other"]);
  const { summary } = await second.up([map("other", {})], { reference: `organization/${a}/${b}` });
  expect(summary.outputs.found).toMatchObject({ shown: { text: "one" } });
  expect((await second.destroy()).changes).toEqual(["delete ConfigMap default/other"]);
  expect(await maps()).toEqual(["one"]);
  await first.destroy();
  expect(await states()).toEqual([]);
});

test("a state that says it is another stack's is used by no run and read by no reference", async () => {
  const stack = stackOf("mine", "dev");
  await stack.up([map("mine", {})]);
  const name = parentName("mine", "dev");
  const secret = (await cluster.get({ ...system, name })) as KubeObject;
  const annotations = { ...secret.metadata.annotations, "agentic.io/stack": "yours/dev" };
  await cluster.replace({ ...secret, metadata: { ...secret.metadata, annotations } }, "test");
  const message = `the Secret kube-system/${name} is where the state of the stack mine/dev belongs, and holds the state of the stack yours/dev`;
  await expect(stack.up([])).rejects.toThrow(message);
  await expect(stack.preview([])).rejects.toThrow(message);
  await expect(stack.destroy()).rejects.toThrow(message);
  await expect(stackOf("reads", "dev").up([], { reference: "organization/mine/dev" })).rejects.toThrow(message);
  expect(await maps()).toEqual(["mine"]);
  await cluster.delete({ ...system, name });
  await cluster.delete({ ...system, kind: "ConfigMap", namespace: "default", name: "mine" });
});

/** Turns what stacks have made into what an earlier release would have left: one Secret for all whose names were the same. */
async function expectUnchanged(owner: [string, string], ...others: [string, string][]): Promise<void> {
  const [project, stack] = owner;
  const id = { project, stack };
  const names = [owner, ...others].map((pair) => parentName(...pair));
  const secrets = await Promise.all(names.map(async (name) => (await cluster.get({ ...system, name })) as KubeObject));
  const [first = emptyState(), ...more] = secrets.map(stateIn);
  const resources = Object.assign({}, first.resources, ...more.map((state) => state.resources));
  for (const name of names) await cluster.delete({ ...system, name });
  const labels = { "applyset.kubernetes.io/id": formerApplySetId(id) };
  const annotations = { "agentic.io/stack": `${project}/${stack}` };
  const metadata = { name: formerParentName(id), namespace: "kube-system", labels, annotations };
  const secret = { apiVersion: "v1", kind: "Secret", metadata, type: "agentic.io/stack-state" };
  await cluster.create({ ...secret, data: dataOf({ ...first, resources }) }, "test");
  for (const configMap of await cluster.list({ apiVersion: "v1", kind: "ConfigMap", namespace: "default" }, partOf)) {
    configMap.metadata.labels = { [partOf]: formerApplySetId(id) };
    await cluster.replace(configMap, "agentic-deploy");
  }
}

test("a state of an earlier release is read by references and previews, and renamed by the next run", async () => {
  const stack = stackOf("old", "eu-dev");
  const resources = [map("old", { text: "a" }), map("gone", {})];
  await stack.up(resources, { outputs: { text: "old" } });
  await expectUnchanged(["old", "eu-dev"]);
  const name = formerParentName({ project: "old", stack: "eu-dev" });
  const reader = stackOf("reads", "dev");
  const { summary } = await reader.up([], { reference: "organization/old/eu-dev" });
  expect(summary.outputs.found).toMatchObject({ shown: { text: "old" } });
  await reader.destroy();
  // A stack of the same former name has nothing there.
  await expect(reader.up([], { reference: "organization/old-eu/dev" })).rejects.toThrow(
    "there is no stack 'old-eu/dev'",
  );
  const before = await stack.preview([map("old", { text: "a" })]);
  expect(before.summary).toMatchObject({ created: 0, deleted: 1, failures: [] });
  expect(await states()).toEqual([name]);
  const after = await stack.up([map("old", { text: "a" })], { outputs: { text: "old" } });
  expect(after.summary).toMatchObject({ created: 0, deleted: 1, failures: [] });
  expect(await states()).toEqual([parentName("old", "eu-dev")]);
  expect((await stack.up([map("old", { text: "a" })])).summary).toMatchObject({ unchanged: 1, updated: 0 });
  await stack.destroy();
  expect([await states(), await maps()]).toEqual([[], []]);
});

test("of a state that two stacks of an earlier release had in common, each takes what is its own", async () => {
  const [first, second] = [stackOf("pair", "eu-dev"), stackOf("pair-eu", "dev")];
  await first.up([map("first", {})], { outputs: { text: "first" } });
  await second.up([map("second", {})]);
  await expectUnchanged(["pair", "eu-dev"], ["pair-eu", "dev"]);
  expect((await second.up([map("second", {})])).summary).toMatchObject({ created: 0, deleted: 0, failures: [] });
  expect(await states()).toEqual(
    [parentName("pair-eu", "dev"), formerParentName({ project: "pair", stack: "eu-dev" })].sort(),
  );
  expect((await first.destroy()).changes).toEqual(["delete ConfigMap default/first"]);
  expect(await maps()).toEqual(["second"]);
  await second.destroy();
  expect([await states(), await maps()]).toEqual([[], []]);
});

test("a rename of a state that is cut off after any of its writes loses nothing", async () => {
  const cutOff = await CutOff.start(server);
  const stack = stackOf("cut", "eu-dev", cutOff);
  let attempts = 0;
  for (let writes = 1; ; writes++, attempts++) {
    await stack.up([map("kept", { text: "a" }), map("dropped", {})]);
    await expectUnchanged(["cut", "eu-dev"]);
    cutOff.open(writes);
    await stack.up([map("kept", { text: "b" })]).catch(() => undefined);
    const { isCut } = cutOff;
    cutOff.open();
    await freeLease(cluster, "cut", "eu-dev");
    const { summary } = await stack.up([map("kept", { text: "b" })]);
    expect(summary.failures, `cut off after ${writes}`).toEqual([]);
    expect(await maps(), `cut off after ${writes}`).toEqual(["kept"]);
    expect(await states()).toEqual([parentName("cut", "eu-dev")]);
    await stack.destroy();
    expect([await states(), await maps()]).toEqual([[], []]);
    if (!isCut) break;
  }
  // The Lease, the new Secret, the old one, both maps, the state again, the Lease.
  expect(attempts).toBeGreaterThanOrEqual(6);
  cutOff.close();
});

test("a stack reads another stack's outputs, secrets as secrets", async () => {
  const source = new TestStack(server, "source");
  const shared = map("source", { text: "shared" });
  await source.up([shared], {
    outputs: { text: "$out:source.data.text", word: "$secret:word" },
    word: "hidden-word",
  });
  const reader = new TestStack(server, "reader");
  const { summary } = await reader.up([], { reference: "organization/any/source" });
  expect(summary.outputs.found).toBe("[secret]");
  expect((await readOutputs(reader.options)).found).toMatchObject({ shown: { text: "shared", word: "hidden-word" } });
  expect(summary.secretOutputs).toContain("found");
});

test("a reference to a stack that isn't there names those that are", async () => {
  await new TestStack(server, "there").up([map("there", {})]);
  const readStack = (reference: string) => new TestStack(server, "asks").up([], { reference });
  await expect(readStack("organization/any/missing")).rejects.toThrow(
    /there is no stack 'any\/missing' in this cluster: it has .*any\/there/,
  );
  await expect(readStack("a/b/c/d")).rejects.toThrow("write it as stack, project/stack or organization/project/stack");
});

// What goes wrong, what is said of it, and what is left standing; and that secrets are never said.
import { afterAll, beforeAll, expect, test } from "vitest";
import { up } from "../../../embedded/deploy/deploy.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { map, program, type RequestedResource, TestStack, versions } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => await server?.stop());

test("an error names the resource, why, and what waited for it; all else is made, and nothing is pruned", async () => {
  const stack = new TestStack(server, "error");
  await stack.up([map("error-old", {})]);
  const bad = map("bad", {}, { args: { metadata: { name: "Not_A_Name", namespace: "default" } } });
  const resources = [
    bad,
    map("error-behind", {}, { dependsOn: ["bad"] }),
    map("error-after", {}, { dependsOn: ["error-behind"] }),
    map("error-free", {}),
  ];
  const { summary, changes, events } = await stack.up(resources);
  expect(changes).toEqual(["create ConfigMap default/error-free"]);
  expect(summary.failed).toBe(1);
  expect(summary.failures[0]).toMatch(/^ConfigMap default\/Not_A_Name \(urn:pulumi:error::any::.*::bad\): .*RFC 1123/s);
  expect(summary.failures[0]).toMatch(
    /waiting for it: ConfigMap default\/error-behind, ConfigMap default\/error-after$/,
  );
  const skipped = events.filter(({ state }) => state === "skipped").map(({ label, message }) => `${label} ${message}`);
  expect(skipped).toHaveLength(2);
  expect(skipped[0]).toContain("waits for kubernetes:core/v1:ConfigMap bad, which failed");
  expect(await stack.get("ConfigMap", "error-old")).toBeDefined();
  expect(await stack.get("ConfigMap", "error-behind")).toBeUndefined();
  // Put right, the next run goes on where this one ended.
  const valid = [
    map("bad", {}, { args: { metadata: { name: "error-right", namespace: "default" } } }),
    ...resources.slice(1),
  ];
  expect((await stack.up(valid)).changes).toEqual([
    "create ConfigMap default/error-after",
    "create ConfigMap default/error-behind",
    "create ConfigMap default/error-right",
    "delete ConfigMap default/error-old",
  ]);
});

test("types that this deployer can't make are refused by name, and nothing is applied", async () => {
  const stack = new TestStack(server, "unknown");
  const before = await versions(stack.cluster);
  const resources = [
    map("unknown-fine", {}),
    { type: "aws:s3/bucket:Bucket", name: "bucket", args: {} },
    { type: "kubernetes:helm.sh/v3:Release", name: "chart", args: {} },
  ];
  await expect(stack.up(resources)).rejects.toThrow(
    /2 resources can't be made by this deployer, nothing was changed:\n {2}aws:s3.* 'bucket': .*\n {2}kubernetes:helm.* 'chart'/,
  );
  expect(await versions(stack.cluster)).toEqual(before);
});

test("a program's own error comes in its own words, and nothing is applied", async () => {
  const stack = new TestStack(server, "throws");
  const resources = [map("throws", {}), map("throws-behind", {}, { dependsOn: ["nobody"] })];
  await expect(stack.up(resources)).rejects.toThrow("nobody is not registered before its use");
  expect(await stack.get("ConfigMap", "throws")).toBeUndefined();
});

test("functions of providers are refused by name", async () => {
  await expect(
    new TestStack(server, "invoke").up([], { invoke: "aws:index/getCallerIdentity:getCallerIdentity" }),
  ).rejects.toThrow(/aws:index\/getCallerIdentity:getCallerIdentity/);
});

test("a foreign object and another stack's are left alone", async () => {
  const stack = new TestStack(server, "foreign");
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "foreign", namespace: "default" },
    data: { a: "b" },
  };
  await stack.cluster.apply(object, { manager: "somebody-else", force: false });
  const first = await stack.up([map("foreign", { text: "ours" })]);
  expect(first.summary.failures[0]).toContain("it exists already and is not this stack's");
  await new TestStack(server, "owner").up([map("owned", {})]);
  const second = await stack.up([map("owned", { text: "ours" })]);
  expect(second.summary.failures[0]).toContain("it belongs to another stack");
  expect((await stack.get("ConfigMap", "foreign"))?.data).toEqual({ a: "b" });
  // What failed is not remembered as this stack's: nothing of it is deleted.
  await stack.destroy();
  expect(await stack.get("ConfigMap", "foreign")).toBeDefined();
  expect(await stack.get("ConfigMap", "owned")).toBeDefined();
});

test("what is protected is neither deleted nor replaced; what is to be retained stays", async () => {
  const stack = new TestStack(server, "protect");
  const fixed = (text: string, protect: boolean) => map("protect", { text }, { protect, args: { immutable: true } });
  const retained = map("retained", {}, { retainOnDelete: true });
  await stack.up([fixed("a", true), retained]);
  expect((await stack.up([fixed("b", true), retained])).summary.failures[0]).toContain("but is protected");
  expect((await stack.up([])).summary.failures[0]).toContain("remove protect");
  expect((await stack.get("ConfigMap", "protect"))?.data).toEqual({ text: "a" });
  expect(await stack.get("ConfigMap", "retained")).toBeDefined();
  // Whatever else there is stays too, and a program without it changes nothing before it is refused.
  await stack.up([fixed("a", true), map("beside", {})]);
  expect((await stack.destroy()).summary).toMatchObject({
    deleted: 0,
    failures: [expect.stringContaining("protected")],
  });
  expect(await stack.get("ConfigMap", "beside")).toBeDefined();
  await expect(stack.up([map("beside", { text: "new" })])).rejects.toThrow("would be deleted, nothing was changed");
  expect((await stack.get("ConfigMap", "beside"))?.data).toBeUndefined();
  // Nor is what is to be retained replaced, which would delete it; and where it moves, the former one stays.
  const fixedRetained = (name: string, text: string) =>
    map(
      "fixed",
      { text },
      {
        retainOnDelete: true,
        deleteBeforeReplace: true,
        args: { immutable: true, metadata: { name, namespace: "default" } },
      },
    );
  const resources = [fixed("a", true), retained];
  await stack.up([...resources, fixedRetained("fixed", "a")]);
  const changed = await stack.up([...resources, fixedRetained("fixed", "b")]);
  expect(changed.summary.failures[0]).toContain("is to be retained");
  await stack.up([...resources, fixedRetained("moved", "b")]);
  expect((await stack.get("ConfigMap", "fixed"))?.data).toEqual({ text: "a" });
  expect(await stack.get("ConfigMap", "moved")).toBeDefined();
  await stack.up([fixed("a", false)]);
  expect((await stack.destroy()).summary.failures).toEqual([]);
  expect(await stack.get("ConfigMap", "protect")).toBeUndefined();
});

test("what would be replaced by an object that the API server refuses stays", async () => {
  const stack = new TestStack(server, "refused-anew");
  const claim = (storageClassName: string, storage: string): RequestedResource => ({
    type: "kubernetes:core/v1:PersistentVolumeClaim",
    name: "claim",
    args: {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "refused-anew", namespace: "default", annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: { requests: { storage } } },
    },
  });
  await stack.up([claim("one", "1Gi")]);
  const uid = async () => (await stack.get("PersistentVolumeClaim", "refused-anew"))?.metadata.uid;
  const before = await uid();
  for (const run of [stack.preview.bind(stack), stack.up.bind(stack)]) {
    const { summary } = await run([claim("Two!", "1Gi")]);
    expect(summary.failures).toEqual([
      expect.stringMatching(
        /it must be replaced, and the API server would refuse the new object: .*spec\.storageClassName/,
      ),
    ]);
  }
  expect(await uid()).toBe(before);
  expect((await stack.up([claim("two", "1Gi")])).summary).toMatchObject({ replaced: 1, failures: [] });
  await stack.destroy();
});

test("deletedWith spares a deletion that another's brings about", async () => {
  const stack = new TestStack(server, "with");
  const space = {
    type: "kubernetes:core/v1:Namespace",
    name: "space",
    args: { apiVersion: "v1", kind: "Namespace", metadata: { name: "with" } },
  };
  const mapInSpace = map(
    "inside",
    {},
    { deletedWith: "space", args: { metadata: { name: "inside", namespace: "with" } } },
  );
  await stack.up([space, mapInSpace]);
  const { changes, summary } = await stack.destroy();
  expect(summary.failures).toEqual([]);
  expect(changes).toEqual(["delete Namespace with"]);
  expect(await stack.get("ConfigMap", "inside", "with")).toBeUndefined();
});

test("a deletion that a finalizer holds ends at its time, naming the finalizer", async () => {
  const stack = new TestStack(server, "finalizer");
  const metadata = { name: "held", namespace: "default", finalizers: ["test.example/held"] };
  await stack.up([map("held", {}, { customTimeouts: { delete: "1s" }, args: { metadata } })]);
  const { summary } = await stack.destroy();
  expect(summary.failures[0]).toContain("still there after 1 s, held by test.example/held");
});

test("a second run of the same stack is refused while the first is under way", async () => {
  const stack = new TestStack(server, "twice");
  const results = await Promise.allSettled([stack.up([map("twice", {})]), stack.up([map("twice", {})])]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const rejection = results.find(({ status }) => status === "rejected") as PromiseRejectedResult;
  expect(rejection.reason.message).toContain("another run holds this stack");
  expect((await stack.up([map("twice", {})])).summary.unchanged).toBe(1);
});

test("secrets are in no event, no summary and no object but Secrets", async () => {
  const stack = new TestStack(server, "secret");
  const secretWord = "very-hidden-word";
  const config = { word: secretWord, outputs: { word: "$secret:word" } };
  const secret = (more: Record<string, string>) => ({
    type: "kubernetes:core/v1:Secret",
    name: "secret",
    args: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "secret", namespace: "default" },
      stringData: { word: "$secret:word", ...more },
    },
  });
  const output = [
    await stack.up([secret({})], config),
    await stack.preview([secret({ more: "x" })], config),
    await stack.up([secret({ more: "x" }), map("secret-bad", { "not a key!": "$secret:word" })], config),
  ];
  expect(output[2]?.summary.failed).toBe(1);
  const encoded = Buffer.from(secretWord).toString("base64");
  for (const text of [secretWord, encoded]) expect(JSON.stringify(output)).not.toContain(text);
  expect(output[0]?.summary.outputs).toEqual({ shown: { word: "[secret]" } });
  const maps = await stack.cluster.list({ apiVersion: "v1", kind: "ConfigMap" }, "");
  const leases = await stack.cluster.list({ apiVersion: "coordination.k8s.io/v1", kind: "Lease" }, "");
  expect(JSON.stringify([maps, leases])).not.toContain(secretWord);
  const live = await stack.get("Secret", "secret");
  expect(live?.data).toEqual({ word: encoded, more: Buffer.from("x").toString("base64") });
  expect(live?.metadata.annotations).toBeUndefined();
});

test("an object that is there is read; one that isn't is unknown in a preview and an error in a run", async () => {
  const stack = new TestStack(server, "read");
  await stack.cluster.apply(
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "there", namespace: "default" }, data: { a: "b" } },
    { manager: "somebody-else", force: false },
  );
  const { summary } = await stack.up([], { read: "kubernetes:core/v1:ConfigMap|default/there" });
  expect(summary.outputs.readData).toEqual({ a: "b" });
  const configOfMissing = { read: "kubernetes:core/v1:ConfigMap|default/missing" };
  expect((await stack.preview([], configOfMissing)).summary.failures).toEqual([]);
  const result = await stack.up([], configOfMissing);
  expect(result.summary.failures.join()).toContain("there is no ConfigMap default/missing to read");
});

test("a cluster that doesn't answer is named with its address", async () => {
  const options = { directory: program("any"), stack: "gone", config: { resources: [] } };
  const kubeconfig = JSON.stringify({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:1" } }],
    users: [{ name: "a", user: {} }],
  });
  await expect(up({ ...options, kubeconfig })).rejects.toThrow(
    /the API server at https:\/\/127.0.0.1:1 does not answer/,
  );
});

// What a run says is what it does: counts, patches, changes that can't be made in place, plans, errors.
import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { kubectl, map, projectNamed, type RequestedResource, TestStack } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer();
});
afterAll(() => server?.stop());

const service = (name: string, spec: object): RequestedResource => ({
  type: "kubernetes:core/v1:Service",
  name,
  args: {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", annotations: { "pulumi.com/skipAwait": "true" } },
    spec: { ports: [{ name: "http", port: 80 }], selector: { a: "b" }, ...spec },
  },
});

test("a destroy counts what it deletes, and nothing that was gone", async () => {
  const stack = new TestStack(server, "gone");
  await stack.up([map("gone-a", { a: "1" }), map("gone-b", { a: "1" })]);
  kubectl(server, "delete", "configmap", "gone-a");
  const { summary, changes } = await stack.destroy();
  expect(summary).toMatchObject({ deleted: 1, updated: 0, failed: 0 });
  expect(changes).toEqual(["delete ConfigMap default/gone-b"]);
});

test("a patch that is given up leaves an object that is updated, not deleted", async () => {
  kubectl(server, "create", "configmap", "patched", "--from-literal=theirs=1");
  const patch = map("patched", { mine: "1" }, { type: "kubernetes:core/v1:ConfigMapPatch", name: "my-patch" });
  const stack = new TestStack(server, "patch");
  await stack.up([{ ...patch, args: { ...patch.args, metadata: { name: "patched", namespace: "default" } } }]);
  const messages = {
    operation: "update",
    label: "ConfigMap default/patched",
    message: "the fields of the patch my-patch are released",
  };
  const plan = await stack.preview([]);
  expect(plan.summary).toMatchObject({ updated: 1, deleted: 0 });
  expect(plan.events).toContainEqual(expect.objectContaining({ ...messages, state: "done" }));
  const { summary, events } = await stack.up([]);
  expect(summary).toMatchObject({ updated: 1, deleted: 0 });
  expect(events).toContainEqual(expect.objectContaining({ ...messages, state: "done" }));
  expect((await stack.get("ConfigMap", "patched"))?.data).toEqual({ theirs: "1" });
});

test("a clusterIP that is taken out makes the Service anew, and the preview says so, without the API server's defaults", async () => {
  const stack = new TestStack(server, "headless");
  await stack.up([service("headless", { clusterIP: "None" })]);
  const before = await stack.get("Service", "headless");
  const plan = await stack.preview([service("headless", {})]);
  expect(plan.changes).toEqual(["replace Service default/headless"]);
  expect(plan.events.flatMap(({ changes = [] }) => changes)).toEqual([
    { path: "spec.clusterIP", before: "None", after: undefined },
  ]);
  const { summary } = await stack.up([service("headless", {})]);
  expect(summary).toMatchObject({ replaced: 1, unchanged: 0 });
  const after = await stack.get("Service", "headless");
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  expect(after?.spec).toMatchObject({ clusterIP: expect.stringMatching(/^10\.96\./) });
  // Another's choice isn't ours to take out.
  expect((await stack.up([service("headless", {})])).summary).toMatchObject({ unchanged: 1, replaced: 0 });
});

test("a replacement's plan shows the fields that change, and none that the API server has set", async () => {
  const stack = new TestStack(server, "planned");
  const ports = [{ name: "http", port: 80 }];
  const options = { replaceOnChanges: ["spec.ports"] };
  await stack.up([{ ...service("planned", { ports }), ...options }]);
  const plan = await stack.preview([
    {
      ...service("planned", {
        ports: [
          { name: "http", port: 80, targetPort: 8080 },
          { name: "more", port: 81 },
        ],
      }),
      ...options,
    },
  ]);
  expect(plan.changes).toEqual(["replace Service default/planned"]);
  expect(plan.events.flatMap(({ changes = [] }) => changes)).toEqual([
    { path: "spec.ports[0].targetPort", before: 80, after: 8080 },
    { path: "spec.ports[1]", before: undefined, after: { name: "more", port: 81 } },
  ]);
});

/** The deployer's command with a program of one file. */
function command(action: string, program: string, stack = "dev") {
  const directory = projectNamed("words");
  writeFileSync(join(directory, "index.ts"), program);
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(directory, "Pulumi.yaml"), "name: words\nruntime: nodejs\nmain: index.ts\n");
  writeFileSync(join(directory, "Pulumi.dev.yaml"), "config: {}\n");
  const main = join(import.meta.dirname, "../../../embedded/deploy/main.ts");
  const args = [main, action, "--cwd", directory, "--stack", stack, "--kubeconfig", server.kubeconfig];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...args, "--out", join(mkdtempSync(join(tmpdir(), "words-")), "out")],
    { encoding: "utf8" },
  );
  return { status, text: stdout + stderr };
}
const times = (text: string, words: string) => text.split(words).length - 1;

test.each(["up", "preview", "render", "policy"])("what a program fails of is told once by %s", (action) => {
  const { status, text } = command(action, 'throw new Error("the program is wrong");');
  expect(status).toBe(1);
  expect(times(text, "the program is wrong")).toBe(1);
});

test("why a resource fails, or is refused, is told once", () => {
  const config = (more: string) =>
    `import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";\nnew ConfigMap("a", { metadata: { name: "a", namespace: "no-such-space" } }, ${more});`;
  const result = command("up", config("{}"));
  expect(result.status).toBe(1);
  expect(times(result.text, 'namespaces "no-such-space" not found')).toBe(1);
  expect(result.text).toContain("0 unchanged, 1 failed");
  const adopted = command("up", config("{ import: 'other/b' }"));
  expect(adopted.status).toBe(1);
  expect(times(adopted.text, "is not the object that the metadata names")).toBe(1);
  const refusal = command("up", config("{ transforms: [() => undefined] }"));
  expect(refusal.status).toBe(1);
  expect(times(refusal.text, "transforms")).toBe(1);
});

test.each(["up", "preview", "destroy", "render", "policy"])(
  "a mistyped stack fails in %s, with the stacks that there are",
  (action) => {
    const { status, text } = command(action, "", "dve");
    expect(status).toBe(1);
    expect(text).toContain("there is no stack 'dve': the stacks are dev");
  },
);

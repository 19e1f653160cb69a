// Kinds that are called like something else: custom kinds that end in Patch or List, and where Kubernetes' own kinds live.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isNamespaced } from "../../../embedded/deploy/kubernetes/kinds.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { map, type RequestedResource, TestStack } from "./stack.ts";

let server: ApiServer;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => await server?.stop());

const group = "cases.example";

/** A definition and an object of it. */
function custom(kind: string, spec: object): RequestedResource[] {
  const plural = kind.toLowerCase();
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, listKind: `${kind}Items` },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } },
        },
      ],
    },
  };
  const object = { apiVersion: `${group}/v1`, kind, metadata: { name: "mine", namespace: "default" }, spec };
  return [
    { type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", name: plural, args: definition },
    { type: `kubernetes:${group}/v1:${kind}`, name: kind, args: object, dependsOn: [plural] },
  ];
}

test("custom kinds that end in Patch and List are made, changed and deleted like any other", async () => {
  const stack = new TestStack(server, "suffixes");
  const resources = (enabled: boolean) => [
    ...custom("MeshProxyPatch", { on: enabled }),
    ...custom("AllowList", { on: enabled }),
  ];
  expect((await stack.preview(resources(true))).summary).toMatchObject({ created: 4, failures: [] });
  expect((await stack.up(resources(true))).summary).toMatchObject({ created: 4, failures: [] });
  expect((await stack.up(resources(true))).summary).toMatchObject({ unchanged: 4, failures: [] });
  expect((await stack.up(resources(false))).summary).toMatchObject({ updated: 2, failures: [] });
  for (const kind of ["MeshProxyPatch", "AllowList"])
    expect((await stack.get(kind, "mine", "default", `${group}/v1`))?.spec).toEqual({ on: false });
  expect((await stack.destroy()).summary).toMatchObject({ deleted: 4, failures: [] });
});

test("a CustomResourcePatch of such a kind changes the object that is there, and leaves it when it goes", async () => {
  const owner = new TestStack(server, "patched");
  const guest = new TestStack(server, "patching");
  await owner.up(custom("RoutePatch", { on: true }));
  const args = {
    apiVersion: `${group}/v1`,
    kind: "RoutePatch",
    metadata: { name: "mine", namespace: "default" },
    spec: { more: "text" },
  };
  const patch = { type: `kubernetes:${group}/v1:RoutePatchPatch`, name: "patch", args };
  expect((await guest.up([patch])).summary).toMatchObject({ failures: [] });
  const spec = async () => (await owner.get("RoutePatch", "mine", "default", `${group}/v1`))?.spec;
  expect(await spec()).toEqual({ on: true, more: "text" });
  expect((await guest.destroy()).summary.failures).toEqual([]);
  expect(await spec()).toEqual({ on: true });
  expect((await owner.destroy()).summary.failures).toEqual([]);
});

test("a ConfigMap's keys keep their names", async () => {
  const stack = new TestStack(server, "keys");
  const data = { x_kubernetes_list_type: "a", x_kubernetes_anything: "b" };
  expect((await stack.up([map("keys", data)])).summary.failures).toEqual([]);
  expect((await stack.get("ConfigMap", "keys"))?.data).toEqual(data);
  await stack.destroy();
});

/** Types that the SDK has classes for, lists and patches left out. */
function sdkTypes(): string[] {
  const sdk = dirname(createRequire(import.meta.filename).resolve("@pulumi/kubernetes/package.json"));
  return readdirSync(sdk, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js") && !file.startsWith("types"))
    .flatMap((file) => /__pulumiType = '(kubernetes:[^']+)'/.exec(readFileSync(join(sdk, file), "utf8"))?.[1] ?? [])
    .filter((type) => !/(List|Patch)$/.test(type));
}

test("where a kind of Kubernetes' own lives is what the API server says", async () => {
  const { cluster } = new TestStack(server, "scopes");
  const answers = await Promise.all(
    sdkTypes().map(async (type) => {
      const [, module = "", kind = ""] = type.split(":");
      const apiVersion = module.replace(/^core\//, "");
      return { type, said: await cluster.namespaced(apiVersion, kind), ours: isNamespaced(apiVersion, kind) };
    }),
  );
  const served = answers.filter(({ said }) => said !== undefined);
  expect(served.length).toBeGreaterThan(50);
  expect(served.filter(({ said, ours }) => said !== ours)).toEqual([]);
});

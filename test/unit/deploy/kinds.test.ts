// What a type says of its object, and what only the object or its definition says: no name is taken for more than a name.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { isNamespaced, isPatch, kindOfType, refusal } from "../../../embedded/deploy/kubernetes/kinds.ts";
import { manifestOf } from "../../../embedded/deploy/kubernetes/manifest.ts";
import { withApiNames, withSdkNames } from "../../../embedded/deploy/kubernetes/schema-names.ts";
import type { Registration } from "../../../embedded/deploy/registration.ts";
import { render } from "../../../embedded/deploy/render.ts";

test("a patch is what its type calls a patch of its object's kind, not what ends so", () => {
  expect(isPatch({ type: "kubernetes:core/v1:ConfigMapPatch", kind: "ConfigMap" })).toBe(true);
  expect(isPatch({ type: "kubernetes:kuma.io/v1:MeshProxyPatch", kind: "MeshProxyPatch" })).toBe(false);
  // A CustomResourcePatch of that very kind.
  expect(isPatch({ type: "kubernetes:kuma.io/v1:MeshProxyPatchPatch", kind: "MeshProxyPatch" })).toBe(true);
  expect(isPatch({ type: "kubernetes:core/v1:ConfigMapPatch", kind: undefined })).toBe(false);
});

test("a list is what the SDK has a class for; a custom kind that ends so is an object", () => {
  for (const type of ["core/v1:PodList", "networking.k8s.io/v1:IPAddressList", "storage.k8s.io/v1:CSIDriverList"])
    expect(refusal(`kubernetes:${type}`), type).toContain("a list is not a single object");
  for (const type of ["cases.example/v1:AllowList", "networking.example.com/v1:IngressList", "x/v1:PodList"])
    expect(refusal(`kubernetes:${type}`), type).toBeUndefined();
});

test("what expands in the plugin is refused; a group that begins with the same letters isn't", () => {
  for (const type of ["helm.sh/v4:Chart", "kustomize/v2:Directory", "yaml/v2:ConfigFile"])
    expect(refusal(`kubernetes:${type}`), type).toContain("expand in the provider's plugin");
  expect(refusal("kubernetes:yaml.example.com/v1:Thing")).toBeUndefined();
});

test("the kind that a read means is the object's, for the SDK's patches too", () => {
  expect(kindOfType("kubernetes:core/v1:ConfigMapPatch")).toEqual({ apiVersion: "v1", kind: "ConfigMap" });
  expect(kindOfType("kubernetes:apps/v1:Deployment")).toEqual({ apiVersion: "apps/v1", kind: "Deployment" });
  expect(kindOfType("kubernetes:kuma.io/v1:MeshProxyPatch")).toEqual({
    apiVersion: "kuma.io/v1",
    kind: "MeshProxyPatch",
  });
});

test("where a kind lives is known of Kubernetes' own kinds alone, whatever they are called", () => {
  expect(isNamespaced("rbac.authorization.k8s.io/v1", "ClusterRole")).toBe(false);
  expect(isNamespaced("v1", "ConfigMap")).toBe(true);
  expect(isNamespaced("cases.example/v1", "ClusterThing")).toBeUndefined();
  expect(isNamespaced("cases.example/v1", "Namespace")).toBeUndefined();
});

const definition = (schema: object): KubeObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.cases.example" },
  spec: { versions: [{ name: "v1", schema: { openAPIV3Schema: schema } }] },
});

test("a definition's schema gets the API's words where they are words, and keeps the user's names", () => {
  const sdk = {
    x_kubernetes_preserve_unknown_fields: true,
    properties: {
      x_kubernetes_list_type: { type: "string", default: { x_kubernetes_list_type: "kept" } },
      list: { items: { x_kubernetes_int_or_string: true }, x_kubernetes_list_map_keys: ["x_kubernetes_map_type"] },
      other: { allOf: [{ not: { x_kubernetes_embedded_resource: true } }], x_kubernetes_of_my_own: 1 },
    },
    additionalProperties: { x_kubernetes_validations: [{ rule: "self.x_kubernetes_map_type" }] },
  };
  const api = {
    "x-kubernetes-preserve-unknown-fields": true,
    properties: {
      x_kubernetes_list_type: { type: "string", default: { x_kubernetes_list_type: "kept" } },
      list: {
        items: { "x-kubernetes-int-or-string": true },
        "x-kubernetes-list-map-keys": ["x_kubernetes_map_type"],
      },
      other: { allOf: [{ not: { "x-kubernetes-embedded-resource": true } }], x_kubernetes_of_my_own: 1 },
    },
    additionalProperties: { "x-kubernetes-validations": [{ rule: "self.x_kubernetes_map_type" }] },
  };
  expect(withApiNames(definition(sdk))).toEqual(definition(api));
  expect(withSdkNames(definition(api))).toEqual(definition(sdk));
});

test("no other object's keys are touched", () => {
  const names = fc.oneof(fc.constant("x_kubernetes_list_type"), fc.string());
  const values = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(fc.string(), fc.dictionary(names, tie("value"), { maxKeys: 3, noNullPrototype: true })),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(names, values, { noNullPrototype: true }), (data) => {
      const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m" }, data };
      expect(manifestOf(inputs as never, undefined, {})).toEqual(inputs);
    }),
  );
});

const registration = (type: string, name: string, inputs: object, provider = "") =>
  ({
    urn: `urn:${name}`,
    type,
    name,
    custom: true,
    inputs,
    dependencies: [],
    provider,
    aliases: [],
  }) as unknown as Registration;

test("a render puts what lives in a namespace into the provider's, and says of what it isn't sure", () => {
  const out = mkdtempSync(join(tmpdir(), "render-"));
  const object = (apiVersion: string, kind: string) =>
    registration(
      `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`,
      `${apiVersion}-${kind}`,
      { apiVersion, kind, metadata: { name: "one" } },
      "urn:provider::id",
    );
  const names = { group: "cases.example", names: { kind: "ClusterThing", plural: "clusterthings" } };
  const warnings: string[] = [];
  const files = render(
    [
      object("v1", "ConfigMap"),
      object("v1", "Node"),
      object("cases.example/v1", "ClusterThing"),
      object("elsewhere.example/v1", "ClusterThing"),
      registration("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "d", {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "clusterthings.cases.example" },
        spec: { ...names, scope: "Namespaced" },
      }),
    ],
    out,
    {
      namespaceOf: (provider) => (provider === "urn:provider::id" ? "mine" : undefined),
      warn: (message) => warnings.push(message),
    },
  );
  const namespaced = files.filter((file) => readFileSync(join(out, file), "utf8").includes("namespace: mine"));
  expect(namespaced.map((file) => file.slice(4)).sort()).toEqual([
    "clusterthing-mine-one.yaml",
    "configmap-mine-one.yaml",
  ]);
  expect(warnings).toEqual([expect.stringContaining("whether a ClusterThing of elsewhere.example/v1")]);
  rmSync(out, { recursive: true });
});

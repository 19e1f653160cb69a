// Objects: differences, paths, random values, the apply set's identity, the order of a render.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { changes, contains, maskSecrets, print } from "../../../embedded/deploy/kubernetes/diff.ts";
import { at, parsePath, places } from "../../../embedded/deploy/kubernetes/paths.ts";
import { formerParentName } from "../../../embedded/deploy/names.ts";
import { patchManager } from "../../../embedded/deploy/patches.ts";
import { makeRandom, randomOutputs } from "../../../embedded/deploy/random.ts";
import type { Registration } from "../../../embedded/deploy/registration.ts";
import { render } from "../../../embedded/deploy/render.ts";
import { applySetId, emptyState, fileStore, parentName } from "../../../embedded/deploy/state.ts";
import { Secret, unknown } from "../../../embedded/deploy/values.ts";
import { stackPairs } from "../stack-pairs.ts";

const object = (more: Record<string, object>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "m", resourceVersion: "1" },
  ...more,
});

test("differences are told field by field, without what the API server keeps for itself", () => {
  const changed = changes(object({ data: { a: "1", b: "2" } }), {
    ...object({ data: { a: "3", "c.d": "4" } }),
    metadata: { name: "m", resourceVersion: "2" },
  });
  expect(changed.map(print).sort()).toEqual(['+ data["c.d"]: "4"', '- data.b: "2"', '~ data.a: "1" → "3"']);
});

test("a Secret's values and what the inputs call secret are masked in differences", () => {
  const secret = { ...object({ data: { a: "MQ==" } }), kind: "Secret" };
  expect(changes(secret, { ...secret, data: { a: "Mg==" } })).toEqual([
    { path: "data.a", before: "[secret]", after: "[secret]" },
  ]);
  const changed = changes(object({ data: { a: "1", b: "1" } }), object({ data: { a: "2", b: "2" } }));
  expect(maskSecrets(changed, { data: { a: new Secret("2"), b: "2" } })).toEqual([
    { path: "data.a", before: "[secret]", after: "[secret]" },
    { path: "data.b", before: "1", after: "2" },
  ]);
});

test("every JSON contains itself and has no difference from itself", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      const data = { value: value as object };
      expect(changes(object({ data }), structuredClone(object({ data })))).toEqual([]);
      expect(contains(data, structuredClone(data))).toBe(true);
    }),
  );
});

test("property paths lead to their fields: dots, quoted keys, indices and wildcards", () => {
  const value = { spec: { list: [{ image: "a" }, { image: "b" }] }, notes: { "a.b/c": 1 } };
  const valuesAt = (path: string) => places(value, parsePath(path)).map((place) => at(value, place));
  expect(valuesAt("spec.list[1].image")).toEqual(["b"]);
  expect(valuesAt('notes["a.b/c"]')).toEqual([1]);
  expect(valuesAt("spec.list[*].image")).toEqual(["a", "b"]);
});

const password = "random:index/randomPassword:RandomPassword";

test("a password has its length, its minima and its alphabet, and is secret", () => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 60 }), (length) => {
      const { state } = makeRandom(password, { length, special: false, minNumeric: 3 }, undefined);
      const { result } = randomOutputs(password, state).outputs;
      expect(result).toBeInstanceOf(Secret);
      const text = String((result as Secret).value);
      expect(text).toMatch(new RegExp(`^[a-zA-Z0-9]{${length}}$`));
      expect(text.replaceAll(/\D/g, "").length).toBeGreaterThanOrEqual(3);
    }),
  );
});

test("a random value is kept while what it was made from stays the same, in any order of keys", () => {
  const first = makeRandom(password, { length: 20, keepers: { a: "1", b: "2" } }, undefined);
  const again = makeRandom(password, { keepers: { b: "2", a: "1" }, length: 20 }, first.state);
  expect(again).toEqual({ state: first.state, isNew: false });
  expect(makeRandom(password, { length: 21 }, first.state).isNew).toBe(true);
});

test("impossible random values are refused with the field's name", () => {
  const type = "random:index/randomInteger:RandomInteger";
  expect(() => makeRandom(type, { min: 3, max: 1 }, undefined)).toThrow("min and max");
  expect(() => makeRandom(password, { length: 0 }, undefined)).toThrow("length must be a whole number");
  expect(() => makeRandom(password, { length: 2, minLower: 3 }, undefined)).toThrow("more than length 2");
});

test("the other random types give what their names say", () => {
  const outputs = (name: string, inputs: Record<string, number | string | string[]>) => {
    const type = `random:index/random${name}:Random${name}`;
    return randomOutputs(type, makeRandom(type, inputs, undefined).state);
  };
  expect(outputs("Integer", { min: 4, max: 4 }).outputs.result).toBe(4);
  expect(outputs("Uuid", {}).id).toMatch(/^[0-9a-f-]{36}$/);
  expect(outputs("Id", { byteLength: 4, prefix: "x-" }).outputs.hex).toMatch(/^x-[0-9a-f]{8}$/);
  expect(outputs("Pet", { length: 3, prefix: "my" }).id).toMatch(/^my-\w+-\w+-\w+$/);
  expect([...(outputs("Shuffle", { inputs: ["a", "b", "c"] }).outputs.results as string[])].sort()).toEqual([
    "a",
    "b",
    "c",
  ]);
});

test("a stack's Secret and Lease have a name of Kubernetes' that no other stack has, nor had in an earlier release", () => {
  fc.assert(
    fc.property(stackPairs, ([first, second]) => {
      const [name, otherName] = [parentName(...first), parentName(...second)];
      expect(name === otherName).toBe(first[0] === second[0] && first[1] === second[1]);
      expect(name).toMatch(/^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/);
      expect(name).not.toBe(formerParentName({ project: second[0], stack: second[1] }));
      expect(applySetId(...first) === applySetId(...second)).toBe(name === otherName);
    }),
    { numRuns: 2000 },
  );
  expect(parentName("shop", "eu-dev")).not.toBe(parentName("shop-eu", "dev"));
});

test("a patch's field manager is one that the API server takes, and no other patch's", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom("a", "A", "é", "a::b", "\u0000"),
  );
  fc.assert(
    fc.property(text, text, (first, second) => {
      const urn = (name: string) => `urn:pulumi:dev::any::kubernetes:core/v1:ConfigMapPatch::${name}`;
      const [manager, otherManager] = [patchManager(urn(first)), patchManager(urn(second))];
      expect(manager).toMatch(/^[ -~]{1,128}$/);
      expect(manager === otherManager).toBe(first === second);
    }),
  );
});

test("the apply set's id is the specification's: a hash of name, namespace, kind and group of its parent", () => {
  expect(applySetId("agentic-platform", "dev")).toMatch(/^applyset-[A-Za-z0-9_-]{43}-v1$/);
  expect(applySetId("a", "b")).not.toBe(applySetId("a", "c"));
});

const registration = (type: string, name: string, inputs: Registration["inputs"], dependencies: string[] = []) =>
  ({
    urn: `urn:${name}`,
    type,
    name,
    custom: true,
    inputs,
    dependencies,
    provider: "",
    aliases: [],
  }) as unknown as Registration;

const nowhere = { namespaceOf: () => undefined, warn: () => {} };

test("a render holds one file an object, each after what it needs, Secrets for their owner only", () => {
  const out = mkdtempSync(join(tmpdir(), "render-"));
  const metadata = (name: string) => ({ name, namespace: "space" });
  const files = render(
    [
      registration(
        "kubernetes:core/v1:Secret",
        "b",
        { apiVersion: "v1", kind: "Secret", metadata: metadata("s"), stringData: { a: new Secret("x") } },
        ["urn:c"],
      ),
      registration("kubernetes:core/v1:ConfigMap", "c", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: metadata("m"),
      }),
      registration("kubernetes:core/v1:Namespace", "z", {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "space" },
      }),
    ],
    out,
    nowhere,
  );
  expect(files).toEqual(["000-namespace-space.yaml", "001-configmap-space-m.yaml", "002-secret-space-s.yaml"]);
  expect(statSync(join(out, "002-secret-space-s.yaml")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(out, "002-secret-space-s.yaml"), "utf8")).toContain("a: eA==");
  rmSync(out, { recursive: true });
});

test("what only a cluster knows is named when it is rendered", () => {
  const dependent = registration("kubernetes:core/v1:ConfigMap", "later", {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: unknown },
  });
  expect(() => render([dependent], join(tmpdir(), "never-made"), nowhere)).toThrow("urn:later");
});

test("a state in a file comes back as it was, for its owner only", async () => {
  const folder = mkdtempSync(join(tmpdir(), "state-"));
  const store = fileStore(join(folder, "deep", "state.json"));
  expect(await store.load()).toMatchObject(emptyState());
  await store.save({ ...emptyState(), outputs: { a: 1 } });
  expect((await store.load()).outputs).toEqual({ a: 1 });
  expect(statSync(join(folder, "deep", "state.json")).mode & 0o777).toBe(0o600);
  rmSync(folder, { recursive: true });
});

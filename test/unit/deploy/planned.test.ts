// What an apply leaves of an object, told without the API server.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { changes } from "../../../embedded/deploy/kubernetes/diff.ts";
import { planned, silentlyKeptField } from "../../../embedded/deploy/kubernetes/planned.ts";

const manager = "me";
function liveObject(fields: object, owned: object, kind = "Thing"): KubeObject {
  const managedFields = [
    { manager, operation: "Apply", fieldsV1: owned },
    { manager, operation: "Update", fieldsV1: { "f:spec": { "f:other": {} } } },
  ];
  return { apiVersion: "v1", kind, metadata: { name: "a", managedFields }, ...fields };
}
const desired = (fields: object): KubeObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name: "a" },
  ...fields,
});
const plan = (before: KubeObject, fields: object) => changes(before, planned(before, desired(fields), manager));

describe("a plan that isn't sent", () => {
  test("keeps what the API server or others have set, in lists' items too", () => {
    const before = liveObject(
      {
        spec: {
          replicas: 1,
          items: [
            { name: "x", image: "1", policy: "Always" },
            { name: "y", image: "1" },
          ],
        },
      },
      {
        "f:spec": {
          "f:items": {
            'k:{"name":"x"}': { "f:name": {}, "f:image": {} },
            'k:{"name":"y"}': { "f:name": {}, "f:image": {} },
          },
        },
      },
    );
    expect(
      plan(before, {
        spec: {
          items: [
            { name: "y", image: "1" },
            { name: "x", image: "2" },
          ],
        },
      }),
    ).toEqual([
      { path: "spec.items[0].name", before: "x", after: "y" },
      { path: "spec.items[0].policy", before: "Always", after: undefined },
      { path: "spec.items[1].name", before: "y", after: "x" },
      { path: "spec.items[1].image", before: "1", after: "2" },
      { path: "spec.items[1].policy", before: undefined, after: "Always" },
    ]);
    expect(
      plan(before, {
        spec: {
          items: [
            { name: "x", image: "2" },
            { name: "y", image: "1" },
          ],
        },
      }),
    ).toEqual([{ path: "spec.items[0].image", before: "1", after: "2" }]);
  });

  test("takes out what this manager has set and no longer wants, and no more", () => {
    const before = liveObject(
      {
        spec: {
          mine: 1,
          other: 2,
          inner: { mine: 1, other: 2 },
          only: { mine: 1 },
          items: [{ name: "x" }, { name: "y" }],
          set: ["a", "b"],
        },
      },
      {
        "f:spec": {
          "f:mine": {},
          "f:inner": { "f:mine": {} },
          "f:only": { ".": {}, "f:mine": {} },
          "f:items": { 'k:{"name":"x"}': { ".": {}, "f:name": {} } },
          "f:set": { 'v:"a"': {} },
        },
      },
    );
    expect(planned(before, desired({ spec: {} }), manager).spec).toEqual({
      other: 2,
      inner: { other: 2 },
      items: [{ name: "y" }],
      set: ["b"],
    });
    expect(planned(before, desired({}), manager).spec).toEqual({
      other: 2,
      inner: { other: 2 },
      items: [{ name: "y" }],
      set: ["b"],
    });
  });

  test("has everything that is wanted, whatever there is, and changes nothing where that is what there is", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    const spec = fc.dictionary(fc.constantFrom("a", "b", "c"), json);
    fc.assert(
      fc.property(spec, spec, (current, next) => {
        const result = planned(liveObject({ spec: current }, {}), desired({ spec: next }), manager).spec as Record<
          string,
          unknown
        >;
        for (const [name, value] of Object.entries(next))
          if (typeof value !== "object" || value === null) expect(result[name]).toBe(value);
        expect(plan(liveObject({ spec: current }, {}), { spec: current })).toEqual([]);
      }),
    );
  });
});

describe("a field that the API server keeps although nobody asks for it any more", () => {
  const before = liveObject({ spec: { clusterIP: "None" } }, { "f:spec": { "f:clusterIP": {} } }, "Service");
  test("is known by who has set it", () => {
    expect(silentlyKeptField(before, desired({ spec: {} }), manager)).toBe("spec.clusterIP");
    expect(silentlyKeptField(before, desired({}), manager)).toBe("spec.clusterIP");
    expect(silentlyKeptField(before, desired({ spec: { clusterIP: "None" } }), manager)).toBeUndefined();
    expect(silentlyKeptField(before, desired({ spec: {} }), "somebody else")).toBeUndefined();
    expect(silentlyKeptField({ ...before, kind: "Thing" }, desired({ spec: {} }), manager)).toBeUndefined();
  });
});

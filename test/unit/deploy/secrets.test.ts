// Where a value's secrets are is remembered, and they are put back there.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DeployEvent } from "../../../embedded/deploy/events.ts";
import { manifestOf } from "../../../embedded/deploy/kubernetes/manifest.ts";
import { scrubbed } from "../../../embedded/deploy/scrub.ts";
import {
  type Properties,
  reveal,
  Secret,
  secretPaths,
  type Value,
  withSecretsAt,
} from "../../../embedded/deploy/values.ts";

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Value>(null, true, 1, "text"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3 }),
    // A secret's own secrets say nothing more: the whole of it is one.
    fc.jsonValue({ maxDepth: 1 }).map((json) => new Secret(json as Value)),
  ),
}));

test("properties in clear with the paths of their secrets are the properties again", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("x", "y", "z"), value, { maxKeys: 3 }), (properties) => {
      const plain = reveal(properties) as Properties;
      expect(withSecretsAt(plain, secretPaths(properties))).toEqual(properties);
    }),
  );
});

test("a Secret's stringData becomes its data: texts alone, and null is none", () => {
  const secret = (stringData: Properties) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "s" },
    stringData,
  });
  expect(manifestOf(secret({ a: "x", b: null }), undefined, {}).data).toEqual({ a: "eA==" });
  expect(() => manifestOf(secret({ port: 5432 }), undefined, {})).toThrow(
    "stringData.port is a number: it must be a text",
  );
});

test("a path that leads nowhere means nothing", () => {
  expect(withSecretsAt({ a: { b: 1 } }, [["a", "c"], ["d", 0], ["a", "b", "c"], []])).toEqual({ a: { b: 1 } });
});

test("a resource keeps its name in events, though a secret's text is a part of it, and its message loses it", () => {
  const events: DeployEvent[] = [];
  const config = { values: { "p:user": "minio-root" }, secretKeys: ["p:user"] };
  const { on: scrub } = scrubbed({ directory: ".", main: "index.ts", project: "p", stack: "s", config }, (event) =>
    events.push(event),
  );
  const resource = { urn: "u::minio-root", type: "t", name: "minio-root", label: "Secret a/minio-root", ms: 1 };
  scrub({ kind: "resource", ...resource, state: "failed", message: "refused minio-root" });
  expect(events).toEqual([expect.objectContaining({ ...resource, message: "refused [secret]" })]);
});

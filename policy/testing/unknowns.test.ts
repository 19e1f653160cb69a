// Trying a case with each field unknown takes time in proportion to the case and to the number of cases.
import { expect, test } from "vitest";
import { possible, triedPaths, withValue } from "./unknowns.ts";

const ports = (count: number) => ({ ports: Array.from({ length: count }, (_, i) => ({ port: i })) });

test("a longer list has no more fields to try, and its first and last items are among them", () => {
  const tried = triedPaths(ports(1000));
  expect(tried).toHaveLength(triedPaths(ports(3)).length);
  expect(tried).toContainEqual(["ports", 0, "port"]);
  expect(tried).toContainEqual(["ports", 999, "port"]);
});

test("more examples have no more values to try, and those of the case itself are among them", () => {
  const examples = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `name-${i}` }));
  const values = possible(["name"], [{ name: "own" }, ...examples(1000)]);
  expect(values).toHaveLength(possible(["name"], [{ name: "own" }, ...examples(40)]).length);
  expect(values).toContain("own");
  expect(values).toContain("name-0");
});

test("a value with another one in it leaves the first as it was, and copies nothing beside the path", () => {
  const value = { a: { list: [1, 2] }, b: { c: 1 } };
  const other = withValue(value, ["a", "list", 0], undefined);
  expect(other).toEqual({ a: { list: [undefined, 2] }, b: { c: 1 } });
  expect(withValue(value, ["b", "c"], undefined)).toEqual({ a: { list: [1, 2] }, b: {} });
  expect(value).toEqual({ a: { list: [1, 2] }, b: { c: 1 } });
  expect(other.b).toBe(value.b);
});

// The repository's files: a name says where to look, the first line what is there, and none is long.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nonEmpty } from "../../non-empty.ts";

const root = join(import.meta.dirname, "../../..");
/** Lines that a file may have (CONTRIBUTING.md). */
const longest = 300;

const files = (pattern: string) =>
  nonEmpty(globSync(pattern, { cwd: root, exclude: ["**/node_modules/**", "**/out/**", "**/dist/**"] }));

test("a file and a folder never share a name: what is of the folder is its index.ts", () => {
  const sources = files("**/*.ts");
  expect(
    sources.filter((file) => sources.some((other) => other.startsWith(`${file.slice(0, -".ts".length)}/`))),
  ).toEqual([]);
});

test("a source file has at most 300 lines: a longer one is about more than one thing", () => {
  const lines = (file: string) => readFileSync(join(root, file), "utf8").trimEnd().split("\n").length;
  const long = files("**/*.{ts,go,py,sql,rego,sh}").filter((file) => lines(file) > longest);
  expect(long.map((file) => `${file}: ${lines(file)} lines`)).toEqual([]);
});

test("a source file says in its first line what it is, after that of its interpreter", () => {
  const silent = files("**/*.ts").filter((file) => !/^(?:#!.*\n)?\/[/*]/.test(readFileSync(join(root, file), "utf8")));
  expect(silent).toEqual([]);
});

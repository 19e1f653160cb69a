// A file's name says where to look: none stands beside a folder of the same name.
import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nonEmpty } from "../../non-empty.ts";

test("a file and a folder never share a name: what is of the folder is its index.ts", () => {
  const root = join(import.meta.dirname, "../../..");
  const files = nonEmpty(globSync("**/*.ts", { cwd: root, exclude: ["**/node_modules/**", "**/out/**"] }));
  expect(files.filter((file) => files.some((other) => other.startsWith(`${file.slice(0, -".ts".length)}/`)))).toEqual(
    [],
  );
});

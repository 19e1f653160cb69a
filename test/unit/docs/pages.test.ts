// The generated pages that are committed are those that the code makes now.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pages } from "../../../docs/generate/pages.ts";
import { schema, secretKeys } from "../../../stacks/config/schema.ts";

const docs = join(import.meta.dirname, "../../../docs");

test.each(Object.keys(pages))("docs/%s is up to date: npm run docs writes it", (name) => {
  expect(readFileSync(join(docs, name), "utf8")).toBe(pages[name]?.());
});

test("the reference of the config has every key, and what each is", () => {
  const page = pages["configuration.md"]?.() ?? "";
  for (const key of [...Object.keys(schema), ...secretKeys]) expect(page).toContain(`\`${key}`);
  const rows = page.split("\n").filter((line) => line.startsWith("| `") && line.split(" | ").length === 4);
  expect(rows.length).toBeGreaterThan(60);
});

// Renovate's own expressions find the versions that are written in TypeScript, YAML and Dockerfiles.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { images } from "../../../components/images.ts";
import { nonEmpty } from "../../non-empty.ts";

interface Manager {
  description: string;
  managerFilePatterns: string[];
  matchStrings: string[];
}
const root = join(import.meta.dirname, "../../..");
const { customManagers } = JSON.parse(readFileSync(join(root, "renovate.json"), "utf8")) as {
  customManagers: Manager[];
};
const files = globSync("{*,.github/**/*,components/**/*,embedded/**/*,operator/*,agents/*}", {
  cwd: root,
  exclude: ["**/node_modules"],
}).map(String);

/** What a manager finds, by file. */
function finds({ managerFilePatterns, matchStrings }: Manager): [file: string, found: Record<string, string>[]][] {
  const patterns = managerFilePatterns.map((pattern) => new RegExp(pattern.slice(1, -1)));
  const matched = files.filter((file) => patterns.some((pattern) => pattern.test(file)));
  return matched.map((file) => {
    const text = readFileSync(join(root, file), "utf8");
    return [
      file,
      matchStrings.flatMap((match) => [...text.matchAll(new RegExp(match, "g"))].map((match) => ({ ...match.groups }))),
    ];
  });
}

describe.each(nonEmpty(customManagers))("Renovate's manager for $description", (manager) => {
  it("finds a version in every file that it looks at", () => {
    const matches = finds(manager);
    expect(matches.length).toBeGreaterThan(0);
    for (const [file, versions] of matches) {
      expect(versions.length, file).toBeGreaterThan(0);
      for (const { currentValue } of versions) expect(currentValue, file).toMatch(/\d/);
    }
  });
});

it("every third-party image is found, with its digest", () => {
  const [manager] = customManagers.filter(({ managerFilePatterns }) => managerFilePatterns[0]?.includes("images"));
  const matchedVersions = (manager ? finds(manager) : []).flatMap(([, versions]) => versions);
  expect(
    matchedVersions.map(({ depName, currentValue, currentDigest }) => [`${depName}:${currentValue}`, currentDigest]),
  ).toEqual(Object.values(images).map((image) => [image.ref, "digest" in image ? image.digest : undefined]));
});

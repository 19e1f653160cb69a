// Licences are collected from Go's module cache and from the files in the cached layers.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { text } from "../../../embedded/images/entries.ts";
import { makeLayer } from "../../../embedded/images/layer.ts";
import { collectLicenses } from "../../../embedded/images/licenses/collect.ts";
import { leftOut, type Recorded, unstated } from "../../../embedded/images/licenses/recorded.ts";

let folder: string;
const cache = process.env.XDG_CACHE_HOME;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "licenses-"));
  process.env.XDG_CACHE_HOME = join(folder, "cache");
});

afterAll(() => {
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  rmSync(folder, { recursive: true, force: true });
});

const nothingRecorded: Recorded = { go: {}, python: {}, debian: {} };
const apache = "Apache License\nVersion 2.0, January 2004";
const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy. The above notice shall be
included in all copies.`;

/** A module cache with these files. */
function moduleCache(files: Record<string, string>): string {
  const root = mkdtempSync(join(folder, "modules-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const goLicenses = (files: Record<string, string>, before: Recorded = nothingRecorded) =>
  collectLicenses({
    go: [{ name: "example.com/Thing", version: "v1.0.0" }],
    python: [],
    moduleCache: moduleCache(files),
    previous: before,
  }).go;

test("a Go module's licences are those of all its licence files", () => {
  const files = {
    "example.com/!thing@v1.0.0/LICENSE": apache,
    "example.com/!thing@v1.0.0/COPYING.mit": mit,
    "example.com/!thing@v1.0.0/licenses.go": "GNU GENERAL PUBLIC LICENSE Version 3",
  };
  expect(goLicenses(files)).toEqual({ "example.com/Thing@v1.0.0": "Apache-2.0 AND MIT" });
});

test("a Go module without a licence file states none", () => {
  expect(goLicenses({ "example.com/!thing@v1.0.0/thing.go": mit })).toEqual({ "example.com/Thing@v1.0.0": unstated });
});

test("a Go module that wasn't downloaded keeps the licence of the earlier collection", () => {
  const before = { ...nothingRecorded, go: { "example.com/Thing@v1.0.0": "MIT" } };
  expect(goLicenses({}, before)).toEqual(before.go);
  expect(goLicenses({})).toEqual({ "example.com/Thing@v1.0.0": leftOut });
});

/** What is collected with these files in one cached layer. */
async function collectWith(files: Record<string, string>, python: { name: string; version: string }[] = []) {
  rmSync(join(folder, "cache"), { recursive: true, force: true });
  const entries = async () => Object.entries(files).map(([path, content]) => text(path, content));
  await makeLayer({ name: "licenses", inputs: files, entries });
  return collectLicenses({
    go: [],
    python,
    moduleCache: folder,
    previous: { ...nothingRecorded, python: { "old@1": "BSD" } },
  });
}

const metadata = (lines: string, body = "A package.") => `Metadata-Version: 2.1\nName: Some.Thing\n${lines}\n\n${body}`;

test.each([
  ["its expression", "License-Expression: MIT OR Apache-2.0\nLicense: other", "MIT OR Apache-2.0"],
  ["its License field", "License: BSD\nClassifier: License :: OSI Approved :: MIT License", "BSD"],
  ["its classifiers", "License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", "MIT License"],
  ["the text after a long License field", `License: ${"see below ".repeat(5)}`, "Apache-2.0"],
])("a Python package's licence is %s", async (_, lines, license) => {
  const collected = await collectWith(
    { "usr/lib/python/some_thing-2.dist-info/METADATA": metadata(`Version: 2\n${lines}`, apache) },
    [{ name: "some_thing", version: "2" }],
  );
  expect(collected.python).toEqual({ "some_thing@2": license });
});

test("a Python package that isn't in a layer keeps its earlier licence, and is left out without one", async () => {
  const { python } = await collectWith({ "etc/other": "x" }, [
    { name: "old", version: "1" },
    { name: "absent", version: "3" },
  ]);
  expect(python).toEqual({ "absent@3": leftOut, "old@1": "BSD" });
});

test("a Debian package's licences are those that its copyright file names", async () => {
  const { debian } = await collectWith({
    "usr/share/doc/libz/copyright": "License: Zlib\nA text.\nLicense: GPL-2+\nLicense: Zlib",
    "usr/share/doc/bash/copyright": "The text is in /usr/share/common-licenses/GPL-3.",
    "usr/share/doc/tool/copyright": mit,
    "usr/share/doc/odd/copyright": "Ask the author.",
    "usr/share/doc/odd/changelog": "License: none",
  });
  expect(debian).toEqual({
    bash: "GPL-3",
    libz: "GPL-2+, Zlib",
    odd: "in its copyright file",
    tool: "MIT",
  });
});

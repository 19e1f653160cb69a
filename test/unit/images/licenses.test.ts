// What the images carry of others has a licence on record, and the licences' texts are told apart.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { identify } from "../../../embedded/images/licenses/identify.ts";
import { goModules, npmPackages, type Package, pythonPackages } from "../../../embedded/images/licenses/packages.ts";
import { readRecorded } from "../../../embedded/images/licenses/recorded.ts";

const root = join(import.meta.dirname, "../../..");
const recorded = readRecorded();
const keys = (packages: readonly Package[]) => packages.map(({ name, version }) => `${name}@${version}`);
const dependencies = { go: Object.values(goModules()).flat(), python: pythonPackages() };

describe.each(["go", "python"] as const)("licences of %s packages", (kind) => {
  test("are on record for each package of the lock files: npm run licenses writes them", () => {
    const names = keys(dependencies[kind]);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !recorded[kind][name])).toEqual([]);
  });

  test("are on record for nothing else", () => {
    const names = new Set(keys(dependencies[kind]));
    expect(Object.keys(recorded[kind]).filter((name) => !names.has(name))).toEqual([]);
  });
});

test("the lock files of npm say each package's licence", () => {
  const { own, browserless } = npmPackages();
  expect(own.length).toBeGreaterThan(100);
  expect(browserless.length).toBeGreaterThan(100);
  expect([...own, ...browserless].filter(({ license }) => !license)).toEqual([]);
});

test("Debian packages that the recipes name are on record", () => {
  const debianPackages = [
    "postgresql-15",
    "chromium-headless-shell",
    "python3",
    "tesseract-ocr",
    "ca-certificates",
    "libstdc++6",
  ];
  expect(Object.keys(recorded.debian)).toEqual(expect.arrayContaining(debianPackages.slice(0, 4)));
});

test("every program with the Go lock files is found", () => {
  expect(Object.keys(goModules())).toEqual(
    expect.arrayContaining(["mc", "minio", "opa", "policy-controller", "registry", "controllers", "coredns", "kube"]),
  );
});

test("LICENSE is the licence that package.json names", () => {
  const { license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { license: string };
  expect(identify(readFileSync(join(root, "LICENSE"), "utf8"))).toBe(license);
});

const mit = `MIT License\n\nCopyright (c) 2020 Someone\n\nPermission is hereby granted, free of charge, to any person obtaining a copy
of this software, subject to the following: The above copyright notice and this permission notice shall be
included in all copies or substantial portions of the Software.`;
const bsd2 = `Redistribution and use in source and binary forms are permitted.
2. Redistributions in binary form must reproduce the above copyright notice.`;

test.each([
  ["MIT", mit],
  ["MIT", mit.replace(/^/gm, "// ")],
  ["BSD-2-Clause", bsd2],
  [
    "BSD-3-Clause",
    `${bsd2}\n3. Neither the name of the copyright holder nor the names of its contributors may be used`,
  ],
  ["BSD-3-Clause AND MIT", `${mit}\n${bsd2}\nNeither the name of Google Inc. nor the names`],
  ["Apache-2.0", "                  Apache License\n            Version 2.0, January 2004"],
  ["AGPL-3.0-only", "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007\n the GNU General Public License"],
  [
    "LGPL-3.0-only",
    "GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\nversion 3 of the GNU General Public License",
  ],
  [
    "MPL-2.0",
    "Mozilla Public License Version 2.0\nthe GNU General Public License, Version 2.0, the GNU Lesser General Public License, Version 2.1",
  ],
  [
    "MPL-2.0",
    "Mozilla Public License, version 2.0\nGNU General Public License, Version 2.0, the GNU Affero General Public License, Version 3.0",
  ],
  [undefined, "All rights reserved."],
])("a text of %s is known by its own words", (license, text) => {
  expect(identify(text)).toBe(license);
});

// Layers of Debian packages, made with an empty cache by the real mmdebstrap from a repository with two small packages.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DebianLayer, debianLayer } from "../../../embedded/images/debian.ts";
import { text } from "../../../embedded/images/entries.ts";
import { readIndex } from "../../../embedded/images/layer.ts";

let folder: string;
let sources: string[];
const cache = process.env.XDG_CACHE_HOME;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "debian-layer-"));
  // apt reads it as a user of its own.
  chmodSync(folder, 0o755);
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  const repository = join(folder, "repository");
  mkdirSync(repository);
  const packages = [
    addPackage(repository, {
      name: "tool",
      depends: "library",
      files: { "usr/bin/tool": "#!/bin/sh\n", "usr/share/man/man1/tool.1": "x", "usr/share/doc/tool/copyright": "MIT" },
    }),
    addPackage(repository, { name: "library", files: { "usr/lib/library": "1", "usr/lib/library-extra": "2" } }),
    addPackage(repository, { name: "other", files: { "usr/bin/other": "" } }),
  ];
  writeFileSync(join(repository, "Packages"), packages.join("\n"));
  sources = [`deb [trusted=yes] copy:${repository} ./`];
});

afterAll(() => {
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  rmSync(folder, { recursive: true, force: true });
});

interface TestPackage {
  name: string;
  depends?: string;
  files: Record<string, string>;
}

/** Builds a package into the repository; returns its paragraph of the index. */
function addPackage(repository: string, { name, depends, files }: TestPackage): string {
  const source = join(folder, "sources", name);
  const control = [
    `Package: ${name}`,
    "Version: 1",
    "Architecture: all",
    "Maintainer: nobody <nobody@example.com>",
    ...(depends ? [`Depends: ${depends}`] : []),
    "Description: for a test",
    "",
  ].join("\n");
  for (const [path, content] of Object.entries({ ...files, "DEBIAN/control": control })) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  }
  const file = join(repository, `${name}.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "--build", source, file], { stdio: "ignore" });
  const content = readFileSync(file);
  const sha256 = createHash("sha256").update(content).digest("hex");
  return `${control}Filename: ./${name}.deb\nSize: ${content.length}\nSHA256: ${sha256}\n`;
}

const steps: string[] = [];
const make = (options: Partial<DebianLayer>) =>
  debianLayer({
    name: "test",
    packages: ["tool"],
    below: [],
    progress: (step) => steps.push(step),
    sources,
    ...options,
  });

/** Paths of a layer's files. */
const filesOf = async (layer: Awaited<ReturnType<typeof debianLayer>>) =>
  (await readIndex(layer)).filter(([, content]) => content.startsWith("f ")).map(([path]) => path);

test("a layer has the packages' files and those of their dependencies, without manual pages", async () => {
  steps.length = 0;
  expect(await filesOf(await make({}))).toEqual([
    "usr/bin/tool",
    "usr/lib/library",
    "usr/lib/library-extra",
    "usr/share/doc/tool/copyright",
    "var/lib/dpkg/status.d/library",
    "var/lib/dpkg/status.d/tool",
  ]);
  expect(steps).toEqual(["downloading its Debian packages", "extracting its Debian packages", "writing the layer"]);
  expect(readdirSync(join(folder, "cache/agentic-platform/tmp"))).toEqual([]);
});

test("a layer says which packages it was made from, by version and content, also from the cache", async () => {
  const digest = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, "repository", `${name}.deb`)))
      .digest("hex");
  const expected = ["library", "tool"].map((name) => ({
    uri: `pkg:deb/debian/${name}@1?arch=all&distro=debian-12`,
    digest: { sha256: digest(name) },
  }));
  expect((await make({})).materials).toEqual(expected);
  expect((await make({})).materials).toEqual(expected);
});

test("a recipe leaves out more, and adds files made from the extracted ones", async () => {
  const layer = await make({
    without: ["usr/lib/*-extra", "usr/share/doc"],
    more: (root) => [text("etc/tool.conf", readFileSync(join(root, "usr/lib/library"), "utf8"))],
  });
  expect(await filesOf(layer)).toEqual([
    "etc/tool.conf",
    "usr/bin/tool",
    "usr/lib/library",
    "var/lib/dpkg/status.d/library",
    "var/lib/dpkg/status.d/tool",
  ]);
});

test("a layer has nothing that a layer below it has", async () => {
  const library = await make({ name: "below", packages: ["library"] });
  expect(await filesOf(await make({ below: [library] }))).toEqual([
    "usr/bin/tool",
    "usr/share/doc/tool/copyright",
    "var/lib/dpkg/status.d/tool",
  ]);
});

test("a package that doesn't exist fails with mmdebstrap's words, and leaves nothing behind", async () => {
  await expect(make({ packages: ["missing"] })).rejects.toThrow(
    /mmdebstrap .* failed[\s\S]*Unable to locate package missing/,
  );
  expect(readdirSync(join(folder, "cache/agentic-platform/tmp"))).toEqual([]);
});

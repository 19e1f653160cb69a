// Layers and archives: the same content gives the same bytes, and nothing is told twice.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { imageConfig, makeArchive } from "../../../embedded/images/archive.ts";
import { directory, type Entry, link, text, tree } from "../../../embedded/images/entries.ts";
import { makeLayer, newEntries, readIndex } from "../../../embedded/images/layer.ts";
import { sha256 } from "../../../embedded/images/store.ts";
import { nonEmpty } from "../../non-empty.ts";

let folder: string;
const cache = process.env.XDG_CACHE_HOME;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "images-"));
  process.env.XDG_CACHE_HOME = join(folder, "cache");
});

afterAll(() => {
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  rmSync(folder, { recursive: true, force: true });
});

async function members(
  path: string,
): Promise<Map<string, { type: string; mode: number; uid: number; content: string }>> {
  const contents = new Map();
  const tar = extract();
  tar.end(readFileSync(path));
  for await (const entry of tar) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    const { name, type, mode, uid, mtime } = entry.header;
    expect(mtime?.getTime()).toBe(0);
    contents.set(name, { type, mode, uid, content: Buffer.concat(parts).toString() });
  }
  return contents;
}

let count = 0;
const layer = (entries: Entry[], below: Awaited<ReturnType<typeof makeLayer>>[] = []) =>
  makeLayer({ name: "test", inputs: count++, below, entries: async () => entries });

describe("a layer", () => {
  test("holds files, links and folders with their modes, owned by root", async () => {
    const { path } = await layer([
      text("etc/name", "value", 0o640),
      link("bin", "usr/bin"),
      directory("tmp", { mode: 0o1777 }),
    ]);
    const contents = await members(path);
    expect(contents.get("etc/name")).toEqual({ type: "file", mode: 0o640, uid: 0, content: "value" });
    expect(contents.get("bin")).toMatchObject({ type: "symlink" });
    expect(contents.get("tmp/")?.mode ?? contents.get("tmp")?.mode).toBe(0o1777);
  });

  test("is the same bytes in whatever order its entries come", async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}(\/[a-z]{1,4}){0,2}$/), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(names, async (paths) => {
        const entries = paths.map((path) => directory(path));
        const [first, second] = [await layer(entries), await layer([...entries].reverse())];
        expect(first.digest).toBe(second.digest);
        expect(first.digest).toBe(`sha256:${sha256(readFileSync(first.path))}`);
      }),
      { numRuns: 20 },
    );
  });

  test("lacks what the layers below hold in the same way, and keeps what differs", async () => {
    const below = await layer([text("a/same", "1"), text("a/changed", "1"), text("a/mode", "1")]);
    const above = await layer(
      [text("a/same", "1"), text("a/changed", "2"), text("a/mode", "1", 0o755), text("a/new", "3")],
      [below],
    );
    expect((await readIndex(above)).map(([path]) => path)).toEqual(["a/changed", "a/mode", "a/new"]);
  });

  test("never makes a folder where the layer below has a link", async () => {
    const added = await newEntries(
      [text("usr/bin/tool", "x")],
      new Map([
        ["usr", "d 755 0:0"],
        ["usr/bin", "l elsewhere"],
      ]),
    );
    expect(added.map(({ entry }) => entry.path)).toEqual(["usr/bin/tool"]);
  });

  test("is made once for the same inputs", async () => {
    let times = 0;
    const recipe = { name: "once", inputs: ["x"], entries: async () => [text("n", String(++times))] };
    expect(await makeLayer(recipe)).toEqual(await makeLayer(recipe));
    expect(times).toBe(1);
  });

  test("is made again where its tar has gone", async () => {
    const recipe = { name: "gone", inputs: [], entries: async () => [text("n", "gone")] };
    const { path } = await makeLayer(recipe);
    rmSync(path);
    expect(readFileSync((await makeLayer(recipe)).path).length).toBeGreaterThan(0);
  });
});

describe("a tree", () => {
  test("leaves out what globs name, times, owners and set-user-id bits", async () => {
    const from = join(folder, "tree");
    mkdirSync(join(from, "doc/pkg"), { recursive: true });
    mkdirSync(join(from, "bin"));
    writeFileSync(join(from, "doc/pkg/copyright"), "c");
    writeFileSync(join(from, "doc/pkg/changelog"), "c");
    writeFileSync(join(from, "bin/su"), "x");
    const { chmodSync } = await import("node:fs");
    chmodSync(join(from, "bin/su"), 0o4755);
    symlinkSync("su", join(from, "bin/link"));
    utimesSync(join(from, "bin/su"), 1, 1);
    const entries = await tree(from, "usr", ["doc/*/!(copyright)"]);
    expect(entries.map(({ path }) => path)).toEqual([
      "usr/bin",
      "usr/bin/link",
      "usr/bin/su",
      "usr/doc",
      "usr/doc/pkg",
      "usr/doc/pkg/copyright",
    ]);
    expect(entries.find(({ path }) => path === "usr/bin/su")?.mode).toBe(0o755);
  });
});

describe("an archive", () => {
  test("says in OCI's layout what the image is, and which layers lie beside it", async () => {
    const first = await layer([text("x", "1")]);
    const archive = await makeArchive({
      name: "example.com/thing:1",
      layers: [first, first],
      user: "1:1",
      cmd: ["/x"],
    });
    const contents = await members(archive.path);
    const json = (name: string) => JSON.parse(contents.get(name)?.content ?? "null");
    const blob = (digest: string) => `blobs/${digest.replace(":", "/")}`;
    const [described] = json("index.json").manifests;
    expect(described.annotations["io.containerd.image.name"]).toBe("example.com/thing:1");
    expect(described.digest).toBe(archive.digest);
    const { config, layers } = json(blob(described.digest));
    for (const { digest } of [described, config])
      expect(digest).toBe(`sha256:${sha256(contents.get(blob(digest))?.content ?? "")}`);
    expect(layers.map(({ digest }: { digest: string }) => digest)).toEqual(archive.layers?.map(({ digest }) => digest));
    for (const { digest, path } of nonEmpty(archive.layers ?? []))
      expect(digest).toBe(`sha256:${sha256(readFileSync(path))}`);
    expect(json(blob(config.digest)).rootfs.diff_ids).toEqual([first.digest, first.digest]);
  });

  test("gets a tag that changes with its content where its name has none", async () => {
    const spec = { name: "localhost:5000/thing", layers: [await layer([text("x", "1")])], user: "1:1" };
    const archive = await makeArchive(spec);
    expect(archive.ref).toMatch(/^localhost:5000\/thing:[0-9a-f]{12}$/);
    expect((await makeArchive({ ...spec, user: "2:2" })).ref).not.toBe(archive.ref);
    expect(await makeArchive(spec)).toEqual(archive);
  });

  test("says user, command, ports and a path in its configuration", () => {
    const config = imageConfig({ name: "x", layers: [], user: "999:999", expose: ["1/tcp"], env: { A: "b" } });
    expect(config).toMatchObject({ config: { User: "999:999", ExposedPorts: { "1/tcp": {} }, WorkingDir: "/" } });
    expect(JSON.stringify(config)).toContain('"A=b"');
    expect(JSON.stringify(config)).toMatch(/"PATH=[^"]*\/usr\/bin/);
  });
});

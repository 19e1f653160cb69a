// What the caches lose, and what they keep: by use, by what is newer, and by what runs.
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Cached, disposable, keptPerKind, prune, supersededFor, unusedFor } from "../../../embedded/cli/prune.ts";
import { text } from "../../../embedded/images/entries.ts";
import { makeLayer } from "../../../embedded/images/layer.ts";
import { unpackedPath, unpackLayers } from "../../../embedded/node/layers.ts";
import { ownerMark } from "../../../embedded/node/unfinished.ts";

const saved = { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, XDG_STATE_HOME: process.env.XDG_STATE_HOME };
const folders: string[] = [];
const now = Date.now();
const days = (count: number) => now - count * 24 * 3_600_000;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "prune-"));
  folders.push(folder);
  process.env.XDG_CACHE_HOME = join(folder, "cache");
  process.env.XDG_STATE_HOME = join(folder, "state");
});

afterAll(() => {
  for (const [name, value] of Object.entries(saved))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const inCache = (path: string) => join(folder, "cache/agentic-platform", path);

function touch(path: string, used: number): void {
  utimesSync(path, used / 1000, used / 1000);
}

function put(path: string, used: number): string {
  mkdirSync(dirname(inCache(path)), { recursive: true });
  writeFileSync(inCache(path), path);
  touch(inCache(path), used);
  return inCache(path);
}

const someCache = fc.array(
  fc.record({
    path: fc.uuid(),
    used: fc.integer({ min: days(40), max: now }),
    kind: fc.option(fc.constantFrom("a", "b"), { nil: undefined }),
  }),
);

describe("what can go", () => {
  test("is what nobody used for a fortnight, and for a day where there are enough newer ones", () => {
    fc.assert(
      fc.property(someCache, (all: Cached[]) => {
        const removed = new Set(disposable(all, now));
        for (const folder of all) {
          const unused = now - folder.used;
          const sameKind = folder.kind ? all.filter(({ kind }) => kind === folder.kind) : [folder];
          const newer = sameKind.filter(({ used }) => used > folder.used).length;
          if (unused <= supersededFor) expect(removed.has(folder)).toBe(false);
          else if (unused > unusedFor || newer >= keptPerKind) expect(removed.has(folder)).toBe(true);
          else if (sameKind.filter(({ used }) => used >= folder.used).length <= keptPerKind)
            expect(removed.has(folder)).toBe(false);
        }
      }),
    );
  });
});

describe("cleaning", () => {
  test("takes images that have newer ones of their name, whatever their tags", () => {
    const tags = ["0e657a3b8e02", "0f5763cb826e", "1c69bc02f293", "1da0011af078", "26f6d63afe9e"];
    const all = tags.map((tag, i) => put(`images/agents-${tag}-898b2442c656.image.tar`, days(i + 2)));
    const other = put("images/litellm-v1.106.2-b9e35145e629.image.tar", days(13));
    const old = put("images/opa-1.22.0-static-f10c83f4707c.image.tar", days(15));
    expect(prune(now)).toBe(3);
    expect(all.map((path) => existsSync(path))).toEqual([true, true, true, false, false]);
    expect([existsSync(other), existsSync(old)]).toEqual([true, false]);
  });

  test("takes a layer with all it has, and only where no other record names it", async () => {
    const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const recipe = (name: string, content: string) => ({
      name,
      inputs: content,
      entries: async () => [{ ...text("f", content), ...owner }],
    });
    const removedLayer = await makeLayer(recipe("old", "old"));
    const otherLayer = await makeLayer(recipe("one", "same"));
    await makeLayer(recipe("other", "same"));
    await unpackLayers([removedLayer, otherLayer]);
    for (const path of globSync(["layers/*", "unpacked/*"], { cwd: inCache("") })) touch(inCache(path), days(20));
    // Used again: its record is young now.
    await makeLayer(recipe("other", "same"));
    // Two records; tar, list and content of the one that nothing names any more.
    expect(prune(now)).toBe(5);
    expect([removedLayer.path, unpackedPath(removedLayer)].some((path) => existsSync(path))).toBe(false);
    expect([otherLayer.path, unpackedPath(otherLayer)].every((path) => existsSync(path))).toBe(true);
    expect((await makeLayer(recipe("old", "old"))).digest).toBe(removedLayer.digest);
  });

  test("takes unpacked databases of vulnerabilities that have newer ones", () => {
    const all = ["a", "b", "c", "d"].map((id, i) => put(`vulnerabilities/${id}`, days(i + 2)));
    expect(prune(now)).toBe(1);
    expect(all.map((path) => existsSync(path))).toEqual([true, true, true, false]);
  });

  test("keeps a layer that is being made", () => {
    const blob = put(`layers/${"a".repeat(64)}.tar`, days(0.5));
    expect(prune(now)).toBe(0);
    expect(existsSync(blob)).toBe(true);
  });

  test("keeps what a node runs, however long ago it was built", () => {
    const programs = ["go/1111/kube", "go/2222/kube"].map((path) => put(path, days(30)));
    const bins = ["go/node-1", "go/node-2"].map(inCache);
    for (const [i, bin] of bins.entries()) {
      mkdirSync(bin);
      symlinkSync(programs[i] ?? "", join(bin, "kube"));
    }
    for (const path of ["go/1111", "go/2222", "go/node-1", "go/node-2"]) touch(inCache(path), days(30));
    mkdirSync(join(folder, "state/agentic-platform/default"), { recursive: true });
    writeFileSync(join(folder, "state/agentic-platform/default/running.json"), JSON.stringify({ bin: bins[0] }));
    expect(prune(now)).toBe(2);
    expect(existsSync(join(bins[0] ?? "", "kube"))).toBe(true);
    expect([bins[1], programs[1]].some((path) => existsSync(path ?? ""))).toBe(false);
  });

  test("takes what broken builds left, after a day", () => {
    const abandoned = [put("tmp/npm-1/package.json", days(2)), put("layers/x.partial", days(2))];
    touch(inCache("tmp/npm-1"), days(2));
    const recent = put("images/y.partial", days(0.1));
    expect(prune(now)).toBe(2);
    expect(abandoned.some((path) => existsSync(path))).toBe(false);
    expect(existsSync(recent)).toBe(true);
  });

  test("takes at once what a command that is gone was making, wherever that lies, and leaves what others make", () => {
    const deadOwner = ownerMark().replace(/-\d+-([0-9a-f]{8})$/, "-1-$1");
    const state = join(folder, "state/agentic-platform");
    const abandoned = [
      put(`tmp/npm-${deadOwner}/package.json`, now),
      put(`layers/new.${deadOwner}.partial`, now),
      put(`unpacked/aaaa.${deadOwner}.partial/content`, now),
      join(state, `.gone-${deadOwner}`),
      join(tmpdir(), `agentic-pull-${deadOwner}`),
    ];
    for (const path of abandoned.slice(3)) mkdirSync(path, { recursive: true });
    const inUse = [put(`tmp/npm-${ownerMark()}/package.json`, now), put(`images/y.${ownerMark()}.partial`, now)];
    expect(prune(now)).toBe(5);
    expect(abandoned.filter((path) => existsSync(path))).toEqual([]);
    expect(inUse.every((path) => existsSync(path))).toBe(true);
  });

  test("finds nothing to do where there is no cache", () => {
    expect(prune(now)).toBe(0);
  });
});

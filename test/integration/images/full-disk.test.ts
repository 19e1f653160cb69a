// A cache whose disk fills up in the middle: the error says where, nothing half stays, and with room the same goes on.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeArchive } from "../../../embedded/images/archive.ts";
import { text } from "../../../embedded/images/entries.ts";
import { type Layer, makeLayer } from "../../../embedded/images/layer.ts";
import { writeWhole } from "../../../embedded/images/store.ts";
import { run } from "../../../embedded/node/host.ts";
import { unpackedPath, unpackLayers } from "../../../embedded/node/layers.ts";
import { cacheDir } from "../../../embedded/node/paths.ts";

const saved = process.env.XDG_CACHE_HOME;
let disk: string;
let layer: Layer;

const size = async (limit: string) => await run("mount", ["-o", `remount,size=${limit}`, disk]);
const files = () => globSync("**/*", { cwd: disk }).filter((name) => /[.]/.test(name));

/** The layer that is to be made. */
const make = () =>
  makeLayer({ name: "large", inputs: [], entries: async () => [text("opt/large", "x".repeat(3 << 20), 0o644)] });

beforeAll(async () => {
  disk = mkdtempSync(join(tmpdir(), "full-disk-"));
  await run("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
  process.env.XDG_CACHE_HOME = disk;
  mkdirSync(cacheDir(), { recursive: true });
});

afterAll(async () => {
  if (saved === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = saved;
  await run("umount", [disk]);
  rmSync(disk, { recursive: true });
});

it("ends a layer that has no room, and leaves nothing of it", async () => {
  await expect(make()).rejects.toThrow(/ENOSPC/);
  expect(files()).toEqual([]);
});

it("ends a file that has no room, and leaves the one that was there", async () => {
  const path = cacheDir("bundle", "known.json");
  await writeWhole(path, "before");
  await expect(writeWhole(path, "x".repeat(2 << 20))).rejects.toThrow(/ENOSPC/);
  expect(readFileSync(path, "utf8")).toBe("before");
  expect(files()).toEqual(["agentic-platform/bundle/known.json"]);
});

it("makes the layer once there is room", async () => {
  await size("5m");
  layer = await make();
  expect(readFileSync(layer.path).length).toBe(layer.size);
});

it("ends the unpacking that has no room, and leaves nothing of it", async () => {
  writeFileSync(join(disk, "ballast"), Buffer.alloc(1 << 20));
  await expect(unpackLayers([layer])).rejects.toThrow(/\.tar can't be unpacked: tar: /);
  expect(globSync("unpacked/*", { cwd: cacheDir() })).toEqual([]);
});

it("goes on with it once there is room, up to an image", async () => {
  await size("20m");
  expect(await unpackLayers([layer])).toBe(1);
  expect(readFileSync(join(unpackedPath(layer), "opt/large"), "utf8")).toHaveLength(3 << 20);
  const archive = await makeArchive({ name: "example.com/large:1", layers: [layer], user: "1:1" });
  expect(readFileSync(archive.path).length).toBeGreaterThan(0);
});

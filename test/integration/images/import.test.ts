// Images on their way into a real containerd: by links to what is unpacked already, whole, and gone with the last image.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Archive, makeArchive } from "../../../embedded/images/archive.ts";
import { text } from "../../../embedded/images/entries.ts";
import { type Layer, makeLayer } from "../../../embedded/images/layer.ts";
import { programArchive } from "../../../embedded/node/archive.ts";
import { importArchives } from "../../../embedded/node/containerd.ts";
import { unpackedPath, unpackLayers } from "../../../embedded/node/layers.ts";
import { chainIds, Snapshots } from "../../../embedded/node/snapshots.ts";
import { ownerMark } from "../../../embedded/node/unfinished.ts";
import { type Containerd, startContainerd } from "../containerd.ts";

let dir: string;
let containerd: Containerd;
let base: Layer;
let upper: Layer;
let sampleArchive: Archive;
let two: Archive;
const cache = process.env.XDG_CACHE_HOME;
const snapshots = async () => (await containerd.ctr("snapshots", "ls")).split("\n").slice(1).filter(Boolean);
const unpacked = (path: string) => globSync(`**/snapshots/*/fs/${path}`, { cwd: containerd.root });

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "import-"));
  process.env.XDG_CACHE_HOME = join(dir, "cache");
  containerd = await startContainerd(dir);
  const layer = (name: string, below: Layer[]) =>
    makeLayer({ name, inputs: [], below, entries: async () => [text(`opt/${name}`, `this is ${name}`, 0o640)] });
  base = await layer("base", []);
  upper = await layer("upper", [base]);
  const other = await layer("other", [base]);
  sampleArchive = await makeArchive({ name: "example.com/one:1", layers: [base, upper], user: "1:1", cmd: ["/one"] });
  two = await makeArchive({ name: "example.com/two:1", layers: [base, other], user: "1:1" });
});

afterAll(async () => {
  await containerd?.[Symbol.asyncDispose]();
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  rmSync(dir, { recursive: true, force: true });
});

it("makes a snapshot a layer, shared by images, of links to the unpacked files", async () => {
  expect(await importArchives(containerd.socket, [sampleArchive, two])).toBe(2);
  const names = (await snapshots()).map((line) => line.split(" ", 1)[0]);
  expect(names).toHaveLength(3);
  expect(names).toEqual(expect.arrayContaining(chainIds([base.digest, upper.digest])));
  const [path = "", ...more] = unpacked("opt/base");
  expect(more).toEqual([]);
  const inode = (file: string) => statSync(file).ino;
  expect(inode(join(containerd.root, path))).toBe(inode(join(unpackedPath(base), "opt/base")));
  // No layer is in the content store a second time.
  expect((await containerd.ctr("content", "ls", "--quiet")).split("\n")).not.toContain(base.digest);
});

it("takes up what an import that was cut off has left, and clears away what that was filling", async () => {
  const leftover = await makeLayer({ name: "left", inputs: [], entries: async () => [text("opt/left", "left")] });
  const image = await makeArchive({ name: "example.com/left:1", layers: [leftover], user: "1:1" });
  await unpackLayers([leftover]);
  // Whole, but not left to its image yet; and one of a process that is gone.
  await new Snapshots(containerd.socket).make([leftover]);
  const deadOwner = ownerMark().replace(/-\d+-([0-9a-f]{8})$/, "-1-$1");
  await containerd.ctr("snapshots", "prepare", `place-${deadOwner} sha256:0`);
  expect(await importArchives(containerd.socket, [image])).toBe(1);
  expect((await snapshots()).filter((line) => line.startsWith("place-"))).toEqual([]);
  await containerd.ctr("images", "rm", "--sync", "example.com/left:1");
  await expect.poll(() => unpacked("opt/left")).toEqual([]);
});

it("doesn't mix what a cut-off import has read of one program with another", async () => {
  const archive = (name: string, size: number) => {
    const folder = mkdtempSync(join(dir, "program-"));
    writeFileSync(join(folder, name), randomBytes(size));
    return programArchive({ ref: `example.com/${name}:1`, program: join(folder, name), uid: 1 });
  };
  const before = await snapshots();
  const [large, small] = [archive("large", 8 << 20), archive("small", 1 << 10)];
  const args = ["--address", containerd.socket, "--namespace", "k8s.io", "images", "import", "-"];
  const reader = spawn("ctr", args, { stdio: ["pipe", "ignore", "ignore"] });
  reader.stdin.on("error", () => {});
  reader.stdin.write(readFileSync(large.path).subarray(0, 6 << 20));
  await expect.poll(() => containerd.ctr("content", "active"), { timeout: 10_000 }).toMatch(/^tar-/m);
  reader.kill("SIGKILL");
  expect(await importArchives(containerd.socket, [small])).toBe(1);
  expect(await importArchives(containerd.socket, [large])).toBe(1);
  // The cut-off import's lease would hold what it read for a day.
  const leases = (await containerd.ctr("leases", "ls", "--quiet")).split("\n").filter(Boolean);
  for (const lease of leases) await containerd.ctr("leases", "delete", lease);
  await containerd.ctr("images", "rm", "--sync", large.ref, small.ref);
  await expect.poll(snapshots, { timeout: 10_000 }).toEqual(before);
});

it("finds them there afterwards", async () => {
  expect(await importArchives(containerd.socket, [sampleArchive, two])).toBe(0);
});

it("gives containers what the image holds, layer over layer", async () => {
  const view = join(dir, "view");
  mkdirSync(view);
  await containerd.ctr("images", "mount", "example.com/one:1", view);
  try {
    expect(readFileSync(join(view, "opt/base"), "utf8")).toBe("this is base");
    expect(readFileSync(join(view, "opt/upper"), "utf8")).toBe("this is upper");
    expect(existsSync(join(view, "opt/other"))).toBe(false);
  } finally {
    await containerd.ctr("images", "unmount", "--rm", view);
  }
});

it("keeps them when the cache is cleaned, and takes what is shared with the last image only", async () => {
  rmSync(join(dir, "cache"), { recursive: true });
  await containerd.ctr("images", "rm", "--sync", "example.com/two:1");
  for (let tries = 0; unpacked("opt/other").length > 0 && tries < 100; tries++) await sleep(50);
  expect([unpacked("opt/base"), unpacked("opt/upper"), unpacked("opt/other")].map(({ length }) => length)).toEqual([
    1, 1, 0,
  ]);
  await containerd.ctr("images", "rm", "--sync", "example.com/one:1");
  for (let tries = 0; unpacked("opt/*").length > 0 && tries < 100; tries++) await sleep(50);
  expect(unpacked("opt/*")).toEqual([]);
  expect(await snapshots()).toEqual([]);
});

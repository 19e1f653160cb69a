// Layers on their way into an instance: unpacked once, checked, linked; and what containerd calls them.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { directory, link, text } from "../../../embedded/images/entries.ts";
import { makeLayer } from "../../../embedded/images/layer.ts";
import { copyLayer, unpackedPath, unpackLayers } from "../../../embedded/node/layers.ts";
import { chainIds, writableFolder } from "../../../embedded/node/snapshots.ts";

let folder: string;
const cache = process.env.XDG_CACHE_HOME;
const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "layers-"));
  process.env.XDG_CACHE_HOME = join(folder, "cache");
});

afterAll(() => {
  if (cache === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = cache;
  rmSync(folder, { recursive: true, force: true });
});

const layer = (name: string) =>
  makeLayer({
    name,
    inputs: [],
    entries: async () => [
      directory("tmp", { mode: 0o1777, uid, gid }),
      { ...text("tmp/run", `#!/bin/sh\necho ${name}\n`, 0o755), uid, gid },
      { ...link("sh", "tmp/run"), uid, gid },
    ],
  });

describe("a layer", () => {
  test("is unpacked with its modes and links, and placed by links to the same files", async () => {
    const first = await layer("one");
    await unpackLayers([first, first]);
    const from = unpackedPath(first);
    expect(statSync(join(from, "tmp")).mode & 0o7777).toBe(0o1777);
    const target = join(folder, "instance", "fs");
    mkdirSync(target, { recursive: true, mode: 0o700 });
    await copyLayer(first, target);
    expect(statSync(target).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(target, "sh"))).toBe("tmp/run");
    expect(statSync(join(target, "tmp/run")).ino).toBe(statSync(join(from, "tmp/run")).ino);
    // What the cache loses, an instance keeps.
    rmSync(from, { recursive: true });
    expect(readFileSync(join(target, "tmp/run"), "utf8")).toContain("echo one");
    expect(readdirSync(join(folder, "instance"))).toEqual(["fs"]);
  });

  test("is unpacked once, and by two at a time without harm", async () => {
    const two = await layer("two");
    await Promise.all([unpackLayers([two]), unpackLayers([two])]);
    const { ino } = statSync(unpackedPath(two));
    await unpackLayers([two]);
    expect(statSync(unpackedPath(two)).ino).toBe(ino);
  });

  test.each([
    ["another content", (bytes: Buffer) => Buffer.from(bytes.toString("latin1").replace("echo", "ECHO"), "latin1")],
    ["an early end", (bytes: Buffer) => bytes.subarray(0, 700)],
  ])("with %s is refused, and leaves nothing", async (name, damage) => {
    const first = await layer(name.replace(" ", "-"));
    chmodSync(first.path, 0o600);
    writeFileSync(first.path, damage(readFileSync(first.path)));
    await expect(unpackLayers([first])).rejects.toThrow(first.path);
    expect(existsSync(unpackedPath(first))).toBe(false);
    expect(readdirSync(join(folder, "cache/agentic-platform/unpacked")).join()).not.toContain("partial");
  });
});

describe("a snapshot", () => {
  test("is named by OCI's chain of digests", () => {
    // The example of a chain of one is the layer itself; of two, the digest of both names.
    expect(chainIds(["sha256:a", "sha256:b", "sha256:c"])).toEqual([
      "sha256:a",
      "sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8",
      expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    ]);
    expect(chainIds([])).toEqual([]);
  });

  test("is written where its mounts say", () => {
    expect(writableFolder('[{"Type":"bind","Source":"/s/1/fs","Options":["rw","rbind"]}]')).toBe("/s/1/fs");
    const options = ["index=off", "workdir=/s/2/work", "upperdir=/s/2/fs", "lowerdir=/s/1/fs"];
    expect(writableFolder(JSON.stringify([{ Type: "overlay", Source: "overlay", Options: options }]))).toBe("/s/2/fs");
    expect(() => writableFolder('[{"Type":"zfs","Source":"x"}]')).toThrow(/only bind and overlay mounts are supported/);
  });
});

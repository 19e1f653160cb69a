// What room on disks and in memory `make up` asks for before it begins.
import { describe, expect, it } from "vitest";
import { availableMemory, filledUp, needs, shortages } from "../../../embedded/cli/room.ts";

const need = (purpose: string, folder: string, gigabytes: number, setting = "HOME") => ({
  what: purpose,
  folder,
  bytes: gigabytes * 1e9,
  setting,
});

describe("room on the disk", () => {
  it("is enough where each file system has what all its folders need together", () => {
    const diskOf = (id: string) => ({ id, free: id === "a" ? 5e9 : 1e9 });
    expect(shortages([need("x", "a", 2), need("y", "a", 3), need("z", "b", 1)], diskOf)).toEqual([]);
  });

  it("is too little for several folders of one file system though it is enough for each: all are named", () => {
    const short = shortages([need("modules", "/m", 3, "GOMODCACHE"), need("packages", "/p", 3, "GOCACHE")], () => ({
      id: 1,
      free: 5e9,
    }));
    expect(short).toEqual([
      "6.0 GB of disk space are needed and 5.0 GB are free: modules 3.0 GB in /m (GOMODCACHE), packages 3.0 GB in /p (GOCACHE). Free some, or set the variable in parentheses to a folder of another disk",
    ]);
  });

  it("is needed for compilers only where something is to be compiled, and more for a new instance", () => {
    const sum = (all: { bytes: number }[]) => all.reduce((total, { bytes }) => total + bytes, 0);
    expect(sum(needs(1, true))).toBeGreaterThan(sum(needs(0.1, true)));
    expect(sum(needs(0.1, true))).toBeGreaterThan(sum(needs(0, true)));
    expect(sum(needs(0, true))).toBeGreaterThan(sum(needs(0, false)));
    expect(needs(0, false).map(({ setting }) => setting)).toEqual(["XDG_STATE_HOME"]);
  });
});

describe("a command that failed", () => {
  it("is told which disk filled up meanwhile, and nothing where there is room", () => {
    const needed = [
      need("x", "/small", 1, "XDG_CACHE_HOME"),
      need("y", "/large", 1),
      need("z", "/small", 1, "XDG_CACHE_HOME"),
    ];
    const diskOf = (small: number) => (folder: string) => ({ id: folder, free: folder === "/small" ? small : 1e12 });
    expect(filledUp(needed, diskOf(4096))).toMatch(/^The disk is full: \/small \(XDG_CACHE_HOME\)\. Free some/);
    expect(filledUp(needed, diskOf(1e9))).toBeUndefined();
  });
});

describe("available memory", () => {
  it("is what the kernel says programs can get", () => {
    expect(availableMemory("MemTotal: 8 kB\nMemAvailable:    2048 kB\n")).toBe(2048 * 1024);
  });
});

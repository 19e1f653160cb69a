// What the node asks of a machine, and how it knows a process.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { cgroupHierarchies, identify, isAlive, type Machine, obstacles, run } from "../../../embedded/node/host.ts";
import { withLock } from "../../../embedded/node/lock.ts";

const root = join(import.meta.dirname, "../../..");

const able: Machine = {
  platform: "linux",
  uid: 0,
  filesystems: "nodev\ttmpfs\nnodev\toverlay\n",
  mountinfo: "32 30 0:32 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n",
  which: (program) => `/usr/bin/${program}`,
  cniDir: "/usr/lib/cni",
};

describe("obstacles", () => {
  test("are none on an able machine", () => {
    expect(obstacles(able)).toEqual([]);
  });

  test.each<[string, Partial<Machine>, string]>([
    ["another system", { platform: "darwin" }, "needs Linux, and this is darwin"],
    ["a plain user", { uid: 1000 }, "needs root"],
    ["no overlayfs", { filesystems: "nodev\ttmpfs\n" }, "modprobe overlay"],
    ["no cgroups", { mountinfo: "" }, "no cgroup hierarchy"],
    ["no programs", { which: () => undefined }, "containerd, ctr, runc, ip, nft"],
    ["no CNI plugins", { cniDir: undefined }, "containernetworking-plugins"],
  ])("name %s and what to do", (_, change, text) => {
    const problems = obstacles({ ...able, ...change });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(text);
  });

  test("are told all at once", () => {
    expect(obstacles({ ...able, uid: 1000, cniDir: undefined })).toHaveLength(2);
  });
});

describe("cgroup hierarchies", () => {
  test("of both versions are found, each once", () => {
    const mountinfo = `24 1 254:0 / / rw - ext4 /dev/vda rw
31 30 0:31 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
32 30 0:32 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw
33 30 0:31 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
`;
    expect(cgroupHierarchies(mountinfo)).toEqual(["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"]);
  });
});

describe("a process", () => {
  test("is known by number, start and boot", async () => {
    const child = spawn("sleep", ["60"]);
    const id = identify(child.pid ?? 0);
    if (!id) throw new Error("the child is not known");
    expect(isAlive(id)).toBe(true);
    expect(isAlive({ ...id, startTime: "1" })).toBe(false);
    expect(isAlive({ ...id, bootId: "another" })).toBe(false);
    const exit = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exit;
    expect(isAlive(id)).toBe(false);
  });

  test("that never was is not known", () => {
    expect(identify(2 ** 30)).toBeUndefined();
  });
});

describe("run", () => {
  test("passes input and returns output", async () => {
    expect(await run("cat", [], "text")).toBe("text");
  });

  test("fails with the program's own words", async () => {
    await expect(run("sh", ["-c", "echo why >&2; exit 1"])).rejects.toThrow("sh -c echo why >&2; exit 1: why");
  });
});

describe("a lock", () => {
  /** Work that fails where two do it at once; `last` is done at its end. */
  const alone = (last = () => {}) => {
    let current = 0;
    return async () => {
      expect(++current).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      current--;
      last();
    };
  };

  test("lets one in at a time", async () => {
    const dir = mkdtempSync(join(tmpdir(), "node-lock-"));
    const file = join(dir, "lock");
    const work = alone();
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
    rmSync(dir, { recursive: true });
  });

  test("of a process that is gone is no lock", async () => {
    const dir = mkdtempSync(join(tmpdir(), "node-lock-"));
    const file = join(dir, "lock");
    const script = `import { withLock } from ${JSON.stringify(join(root, "embedded/node/lock.ts"))};
      await withLock(${JSON.stringify(file)}, async () => { console.log("held"); await new Promise((end) => setTimeout(end, 60_000)); });`;
    const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await new Promise((resolve) => holder.stdout.once("data", resolve));
    const order: string[] = [];
    const waiters = ["a", "b", "c", "d"].map((name) =>
      withLock(
        file,
        async () => {
          order.push(`${name} in`);
          await new Promise((resolve) => setTimeout(resolve, 20));
          order.push(`${name} out`);
        },
        () => order.push("waits"),
      ),
    );
    await vi.waitFor(() => expect(order).toEqual(["waits", "waits", "waits", "waits"]), { timeout: 10_000 });
    holder.kill("SIGKILL");
    await Promise.all(waiters);
    const inside = order.slice(4);
    expect(inside.filter((_, i) => i % 2 === 0).every((text) => text.endsWith("in"))).toBe(true);
    expect(inside.filter((_, i) => i % 2 === 1).every((text) => text.endsWith("out"))).toBe(true);
    expect(inside).toHaveLength(8);
    rmSync(dir, { recursive: true });
  });

  test("whose file its holder has removed is met at the new file by all who waited", async () => {
    const dir = mkdtempSync(join(tmpdir(), "node-lock-"));
    const file = join(dir, "lock");
    const work = alone(() => rmSync(file));
    await Promise.all([1, 2, 3, 4].map(() => withLock(file, work)));
    rmSync(dir, { recursive: true });
  });

  test("is given back where the work fails", async () => {
    const dir = mkdtempSync(join(tmpdir(), "node-lock-"));
    const file = join(dir, "lock");
    await expect(withLock(file, async () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    await expect(withLock(file, async () => "next")).resolves.toBe("next");
    rmSync(dir, { recursive: true });
  });
});

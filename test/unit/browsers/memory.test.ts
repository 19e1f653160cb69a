// A browser that takes more memory than its share is ended with all its processes, and no other process is.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { browserSwitch } from "../../../components/data/browserless/front/browser-switch.ts";
import { browsersOf, endGreedy, pause } from "../../../components/data/browserless/front/memory.ts";

const MiB = 2 ** 20;
let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "browsers-"));
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => {
  for (const { pid = 0 } of children.splice(0))
    for (const { pids } of browsersOf(process.pid, 0).filter(({ pids }) => pids[0] === pid))
      for (const each of pids) process.kill(each, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process under a browser's name, whose own child holds so many MiB. */
async function browser(name: string, mebibytes: number): Promise<ChildProcess> {
  const renderer = `const held = Buffer.alloc(${mebibytes * MiB}, 1); console.log(held.length); setInterval(() => held, 1000);`;
  const program = `require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(renderer)}], { stdio: "inherit" });`;
  const args = ["-e", program, "--", `${browserSwitch}${name}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], env: {} });
  children.push(child);
  await once(child.stdout as NodeJS.EventEmitter, "data");
  return child;
}

describe("browsers", () => {
  it("are ended with all their processes where they take too much, and the front finds which", async () => {
    const [greedy, modest] = [await browser("greedy", 400), await browser("modest", 32)];
    const before = browsersOf(process.pid, 300 * MiB).find(({ pids }) => pids[0] === greedy.pid);
    expect(before?.pids).toHaveLength(2);
    expect(before?.memory).toBeGreaterThan(400 * MiB);
    const exit = once(greedy, "exit");
    endGreedy(300 * MiB, folder);
    expect(await exit).toEqual([null, "SIGKILL"]);
    await expect.poll(() => (before?.pids ?? []).filter((pid) => existsSync(`/proc/${pid}/exe`))).toEqual([]);
    expect(readdirSync(folder)).toEqual(["greedy"]);
    expect(modest.exitCode ?? modest.signalCode).toBeNull();
  });

  it("are remembered for a minute", () => {
    writeFileSync(join(folder, "old"), "");
    writeFileSync(join(folder, "new"), "");
    const before = new Date(Date.now() - 61_000);
    utimesSync(join(folder, "old"), before, before);
    endGreedy(64 * 1024 * MiB, folder);
    expect(readdirSync(folder)).toEqual(["new"]);
  });
});

describe("on gVisor's kernel, which tells no anonymous memory", () => {
  const process = (pid: number, parent: number, kibibytes: number, smaps = "") => {
    mkdirSync(join(folder, String(pid)));
    writeFileSync(join(folder, String(pid), "status"), `Name:\tx\nPPid:\t${parent}\nVmRSS:\t${kibibytes} kB\n`);
    writeFileSync(join(folder, String(pid), "smaps"), smaps);
  };
  const mapping = (path: string, inode: number, kibibytes: number) =>
    `7f00-7f01 rw-p 00000000 00:00 ${inode}                      ${path}\nSize: 9 kB\nRss: ${kibibytes} kB\n`;

  it("memory is what is mapped of no file", () => {
    process(5, 1, 900_000, mapping("/usr/lib/chromium/chromium", 3, 500_000) + mapping("[heap]", 0, 300_000));
    process(6, 5, 400_000, mapping("/memfd:shared (deleted)", 9, 20_000) + mapping("", 0, 380_000));
    expect(browsersOf(1, 512 * MiB, folder)).toEqual([{ pids: [5, 6], memory: 700_000 * 1024 }]);
  });

  it("looking takes a twentieth of the time at most", () => {
    expect(pause(6)).toBe(500);
    expect(pause(70)).toBe(1400);
    // The kernel ends processes where nobody looks.
    expect(pause(3000)).toBe(2000);
  });

  it("mappings are not read where a process is small anyway", () => {
    process(5, 1, 10_000, mapping("", 0, 9_999));
    expect(browsersOf(1, 512 * MiB, folder)).toEqual([{ pids: [5], memory: 0 }]);
  });
});

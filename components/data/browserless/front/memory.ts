// Ends a browser that takes more memory than its share. Browserless loads this as it starts: the browsers are its child processes.
//
// The container's own limit would end whichever process the kernel chooses, or all of them: another tenant's browser, too.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { browserSwitch } from "./browser-switch.ts";

/** A process, as /proc has it. */
interface Process {
  pid: number;
  parent: number;
  /** Bytes that are its own, or shared with its browser's other processes alone: no files. */
  memory: number;
}

const KiB = 1024;

/** Milliseconds for which the front may ask. */
const KEEP = 60_000;

/** A field of /proc/<pid>/status or of a mapping in smaps, in bytes; undefined where there is none. */
function field(text: string, name: string): number | undefined {
  const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * KiB;
}

/** Bytes of the mappings that are no files. gVisor tells nothing of that in one number. */
function unmapped(smaps: string): number {
  const mappings = smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return mappings
    .filter((mapping) => !/^\S+ \S+ \S+ \S+ \d+ +\/(?!dev\/shm|memfd)/.test(mapping))
    .reduce((sum, mapping) => sum + (field(mapping, "Rss") ?? 0), 0);
}

function read(root: string, pid: number, limit: number): Process | undefined {
  try {
    const status = readFileSync(join(root, `${pid}`, "status"), "utf8");
    const parent = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
    const anonymous = field(status, "RssAnon");
    if (anonymous !== undefined) return { pid, parent, memory: anonymous + (field(status, "RssShmem") ?? 0) };
    const all = field(status, "VmRSS") ?? 0;
    // Costs more to find out, and isn't needed where even all processes together are within the limit.
    const isSmall = all < limit / 8;
    return { pid, parent, memory: isSmall ? 0 : unmapped(readFileSync(join(root, `${pid}`, "smaps"), "utf8")) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

/** The browsers that are children of `parent`: all processes of each, the browser's own first, and what they take together. */
export function browsersOf(parent: number, limit: number, root = "/proc"): { pids: number[]; memory: number }[] {
  const pids = readdirSync(root).filter((name) => /^\d+$/.test(name));
  const all = pids.flatMap((pid) => read(root, Number(pid), limit) ?? []);
  const tree = (top: Process): Process[] => [
    top,
    ...all.filter((process) => process.parent === top.pid).flatMap((child) => tree(child)),
  ];
  return all
    .filter((process) => process.parent === parent)
    .map(tree)
    .map((processes) => ({
      pids: processes.map(({ pid }) => pid),
      memory: processes.reduce((sum, { memory }) => sum + memory, 0),
    }));
}

/** Ends the browsers of this process that take more than `limit` bytes, and leaves a file for each in `folder`, by the front's name for it. */
export function endGreedy(limit: number, folder: string): void {
  for (const { pids, memory } of browsersOf(process.pid, limit)) {
    const [browser = 0] = pids;
    if (memory <= limit) continue;
    const name = nameOf(browser);
    if (name) writeFileSync(join(folder, name), "");
    // All of them: a renderer that obeys a page would not follow its browser.
    for (const pid of pids)
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
    console.error(`browser ${name} took ${Math.round(memory / KiB ** 2)} MiB of memory and was ended`);
  }
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > KEEP) rmSync(path, { force: true });
  }
}

function nameOf(pid: number): string | undefined {
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const name = words.find((word) => word.startsWith(browserSwitch))?.slice(browserSwitch.length);
  return name && /^[\w-]+$/.test(name) ? name : undefined;
}

const { BROWSER_MEMORY: limit, ENDED_BROWSERS: folder } = process.env;

/** Browserless' program in its image, which has other programs that inherit the variables. */
const PROGRAM = /\/build\/index\.js$/;

/**
 * Milliseconds until the next look after one that took so many of a processor's: a look takes 6 ms, on gVisor's kernel 70, and a twentieth of a
 * processor at most. It must not come late where the node is busy: the kernel would end processes first.
 */
export const pause = (took: number): number => Math.min(Math.max(500, 20 * took), 2000);

function watch(): void {
  const start = process.cpuUsage();
  try {
    endGreedy(Number(limit), folder ?? "");
  } catch (error) {
    console.error(`the browsers' memory can't be read: ${error instanceof Error ? error.message : error}`);
  }
  const { user, system } = process.cpuUsage(start);
  setTimeout(watch, pause((user + system) / 1000)).unref();
}

if (limit && folder && PROGRAM.test(process.argv[1] ?? "")) watch();

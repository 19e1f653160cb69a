// How long the command line takes to start: from its sources, and packed, as its users have it. Prints medians and the 95th percentile
// beside Node.js's own start, with an empty cache of compiled modules and with that of the start before.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { median, p95 } from "./lib/statistics.ts";

const rounds = 25;
const cli = join(import.meta.dirname, "../../cli");
const folder = mkdtempSync(join(tmpdir(), "bench-cli-"));

/** Milliseconds from the start of a process to its end; fails where the process does. */
function run(args: string[], cache: string): number {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, XDG_CACHE_HOME: cache } });
  const took = performance.now() - from;
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
  return took;
}

/** Where the packed command line is once it is installed as its users do. */
function installed(): string {
  writeFileSync(join(folder, "package.json"), "{}");
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: cli, encoding: "utf8" });
  const [{ filename }] = JSON.parse(packed.replace(/^[^[]*/, "")) as [{ filename: string }];
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], { cwd: folder });
  return join(folder, "node_modules/@agentic/cli/bin/agentic.mjs");
}

try {
  const programs = [
    ["packed", installed()],
    ["sources", join(cli, "bin/agentic.mjs")],
    ["cli/main.ts", join(cli, "main.ts")],
  ] as const;
  const own = Array.from({ length: rounds }, () => run(["-e", "0"], folder));
  console.log(`Node.js itself: median ${median(own).toFixed(0)} ms, p95 ${p95(own).toFixed(0)} ms of ${rounds}`);
  for (const [form, program] of programs)
    for (const args of [["list", "--help"], ["--version"], ["completion", "bash"]]) {
      const cache = mkdtempSync(join(folder, "cache-"));
      const first = run([program, ...args], cache);
      const warm = Array.from({ length: rounds }, () => run([program, ...args], cache));
      console.log(
        `${form}, agentic ${args.join(" ")}: first ${first.toFixed(0)} ms, then median ${median(warm).toFixed(0)} ms, p95 ${p95(warm).toFixed(0)} ms of ${rounds}`,
      );
    }
  console.log(`load ${loadavg()[0]?.toFixed(1)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

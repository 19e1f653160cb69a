// Runs every check of the repository and ends with their sum: `N passed, N failed, N skipped`.
import { spawn } from "node:child_process";
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { setPriority, tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { createInterface } from "node:readline";
import { installPackages } from "../embedded/cli/setup.ts";
import { runSteps } from "../embedded/cli/tasks.ts";
import { compileFlags, compileTags } from "../embedded/node/compile.ts";
import { ensureGo } from "../embedded/node/go.ts";
import { cacheDir } from "../embedded/node/paths.ts";
import { judge, Recording } from "./coverage.ts";

interface Result {
  passed: number;
  failed: number;
  /** Tests that can't run here, and say why. */
  skipped?: number;
  /** Those that failed, each with its reason where that is known, for the end of the output, which may be all that a CI shows. */
  failures?: string[];
}

/** What is read of vitest's report. */
interface VitestReport {
  numPassedTests: number;
  numTotalTests: number;
  numPendingTests: number;
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] }[];
  }[];
}

/** Runs tests; takes what to show of their output, line by line. */
type Suite = (say: (text: string) => void) => Promise<Result>;

const root = dirname(import.meta.dirname);
const results = mkdtempSync(join(tmpdir(), "agentic-test-"));

/** What runs of the folders whose share is that of all suites together. */
const recording = new Recording(join(results, "coverage"));

/** Most objects of a test die young: room for more of them, in MiB, saves a tenth of the work. */
const roomy = "--max-semi-space-size=64";

/** How much a suite that computes gives way to those that wait, which need little of a processor but at once. */
const patience = 5;

interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  /** As `nice` has it, of it and whatever it starts. */
  niceness?: number;
}

/** Runs a command to its end and gives every line of its output to `line`. True where it exits with 0. */
async function run(
  command: string,
  args: string[],
  line: (text: string) => void,
  options: RunOptions = {},
): Promise<boolean> {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} ${roomy}`, ...options.env },
  });
  if (child.pid && options.niceness) setPriority(child.pid, options.niceness);
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", line);
  return await new Promise((resolve, reject) =>
    child.once("error", reject).once("close", (code) => resolve(code === 0)),
  );
}

function command(name: string, args: string[], env: Record<string, string> = {}): Suite {
  return async (say) =>
    (await run(name, args, say, { niceness: patience, env })) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

interface VitestOptions {
  /** Whether what runs in the tests' own process is recorded: of all folders, or of those that `coverage.ts` holds to a share. */
  coverage?: "all" | "measured";
  reporter?: string;
  niceness?: number;
}

/**
 * Runs vitest projects and reads its own report, so that the counts are its counts. Only the CLI's project has tests that are
 * skipped, where there is no CLI: its output says why. A skipped test of another project counts as failed.
 */
function vitest(projects: string[], { coverage, reporter = "default", niceness = 0 }: VitestOptions = {}): Suite {
  return async (say) => {
    const file = join(results, `${projects.join("-")}.json`);
    const selected = projects.flatMap((project) => ["--project", project]);
    const reporters = [`--reporter=${reporter}`, "--reporter=json", `--outputFile.json=${file}`];
    const args = coverage ? recording.vitest(projects.join("-"), coverage) : [];
    const passed = await run("vitest", ["run", ...selected, ...reporters, ...args], say, {
      niceness,
      env: { CHILD_COVERAGE: recording.processes },
    });
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const report = JSON.parse(readFileSync(file, "utf8")) as VitestReport;
    const skipped = projects.includes("cli") ? report.numPendingTests : 0;
    const failed = report.numTotalTests - report.numPassedTests - skipped;
    // A suite that doesn't load, or coverage below its threshold, fails the run without a failed test.
    return {
      passed: report.numPassedTests,
      failed: failed === 0 && !passed ? 1 : failed,
      skipped,
      failures: failuresIn(report),
    };
  };
}

/** Files that don't load, and tests that failed, each as `file > test: reason`. */
function failuresIn({ testResults }: VitestReport): string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (status === "failed" && failed.length === 0) return [`${file}: ${reason(message)}`];
    return failed.map(
      ({ fullName, failureMessages = [] }) => `${file} > ${fullName}: ${failureMessages.map(reason).join("; ")}`,
    );
  });
}

/** What an error says, on one line and without the calls that led to it. */
function reason(message: string): string {
  const [words = ""] = message.split(/\n\s+at /);
  return words.replaceAll(/\s+/g, " ").trim().slice(0, 400);
}

/** Holds the folders that run in several suites, and in processes that these start, to their share. */
async function coverage(say: (text: string) => void): Promise<Result> {
  const { lines, failed } = judge(await recording.sum(root), root);
  for (const line of lines) say(line);
  return { passed: lines.length - failed, failed };
}

/** Runs the tests of every Go module of the repository. */
async function go(say: (text: string) => void): Promise<Result> {
  const sum = { passed: 0, failures: [] as string[] };
  const modules = globSync("embedded/**/go.mod", { cwd: root, exclude: ["**/node_modules/**"] }).map(dirname);
  for (const module of modules.filter((path) => globSync(join(root, path, "**/*_test.go")).length > 0)) {
    const words: string[] = [];
    const before = sum.failures.length;
    const passed = await run(
      goCommand.command,
      ["test", "-json", ...compileFlags, "-tags", compileTags.join(","), "./..."],
      (line) => {
        if (!line.startsWith("{")) return void words.push(line);
        const event = JSON.parse(line) as { Action: string; Test?: string; Output?: string };
        if (event.Test && event.Action === "pass") sum.passed++;
        if (event.Test && event.Action === "fail") sum.failures.push(`${module} > ${event.Test}`);
        if (event.Output) words.push(event.Output.trimEnd());
      },
      // As the programs are built, so that what is compiled for them serves here too.
      { cwd: join(root, module), env: { CGO_ENABLED: "0" } },
    );
    if (!passed) for (const line of words) say(line);
    if (!passed && sum.failures.length === before) sum.failures.push(module);
  }
  return { ...sum, failed: sum.failures.length };
}

/** Debian packages that only tests need: the real parts that are tried outside a cluster, and a checker of scripts. */
const packages = [
  "bash-completion",
  "chromium",
  "chromium-headless-shell",
  "postgresql-15",
  "python3-venv",
  "shellcheck",
  "tesseract-ocr",
  "tesseract-ocr-eng",
];

await runSteps([{ title: "Test packages", run: async (progress) => await installPackages(packages, progress) }]);

const goCommand = await ensureGo(root, console.log);

/**
 * Checks the types. What was found the last time is kept outside of the work tree, so that a fresh clone starts from it too; the
 * compiler takes of it only what is about files of the same content, which is three quarters of the time where little has changed.
 */
async function types(say: (text: string) => void): Promise<Result> {
  const kept = cacheDir("test", "types.tsbuildinfo");
  // Beside the packages, since it names them by relative paths.
  const used = join(root, "node_modules", ".cache", "types.tsbuildinfo");
  for (const file of [kept, used]) mkdirSync(dirname(file), { recursive: true });
  if (existsSync(kept)) copyFileSync(kept, used);
  const compiler = "node_modules/typescript-7/bin/tsc";
  let result = await command("node", [compiler, "-p", ".", "--incremental", "--tsBuildInfoFile", used])(say);
  copyFileSync(used, `${kept}.new`);
  renameSync(`${kept}.new`, kept);
  // What runs in browsers knows their types instead of Node.js'.
  for (const project of ["embedded/dashboards/browser", "console/pages"]) {
    if (result.failed > 0) break;
    result = await command("node", [compiler, "-p", project])(say);
  }
  return result;
}

/** Suites that run side by side: what waits for pods goes beside what computes. */
const sideBySide = 3;

// The longest come first, and each of the others where one has ended: so all end at about the same time.
const suites: [string, Suite][] = [
  ["platform", vitest(["platform"])],
  [
    "integration, attacks",
    vitest(["integration", "processes", "attack"], { coverage: "measured", niceness: patience }),
  ],
  // Coverage costs an eighth of the time: only where programs of ours run in the tests' own process.
  ["unit and services", vitest(["unit", "policy", "services"], { coverage: "all", niceness: patience })],
  ["interruption", vitest(["interruption"])],
  ["node", vitest(["node"], { coverage: "measured" })],
  ["network, engine", vitest(["e2e"])],
  ["types", types],
  ["lint", command("biome", ["check", "."])],
  ["Go", go],
  ["Pulumi CLI", vitest(["cli"], { reporter: "verbose" })],
];

const total = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
const failures: string[] = [];

async function measured([name, suite]: [string, Suite]): Promise<void> {
  const started = performance.now();
  const { passed, failed, skipped = 0, ...result } = await suite((text) => console.log(`${name} | ${text}`));
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  if (failed > 0)
    failures.push(...(result.failures?.length ? result.failures : [name]).map((failure) => `FAILED ${failure}`));
  const count = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
  const line = `${name.padEnd(22)} ${count} in ${((performance.now() - started) / 1000).toFixed(0)} s`;
  console.log(`\n== ${line}\n`);
  lines.push(line);
}

await measured([
  "set-up",
  command("node", ["embedded/cli/main.ts", "setup"], { NODE_V8_COVERAGE: recording.processes }),
]);
await Promise.all(
  Array.from({ length: sideBySide }, async () => {
    for (let suite = suites.shift(); suite; suite = suites.shift()) await measured(suite);
  }),
);
await measured(["coverage", coverage]);
rmSync(results, { recursive: true });
console.log(
  `\n${[...lines, ...failures].join("\n")}\n\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
);
process.exitCode = total.failed === 0 ? 0 : 1;

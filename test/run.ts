// Runs every check of the repository and ends with their sum: `N passed, N failed`.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { installPackages } from "../embedded/cli/setup.ts";
import { runSteps } from "../embedded/cli/tasks.ts";
import { ensureGo } from "../embedded/node/go.ts";

interface Result {
  passed: number;
  failed: number;
}

const root = dirname(import.meta.dirname);
const results = mkdtempSync(join(tmpdir(), "agentic-test-"));

/** Runs a command with its output shown. True where it exits with 0. */
function run(
  command: string,
  args: string[],
  options: { cwd?: string; stdout?: "inherit" | "pipe"; env?: Record<string, string> } = {},
) {
  return spawnSync(command, args, {
    cwd: options.cwd ?? root,
    stdio: ["ignore", options.stdout ?? "inherit", "inherit"],
    encoding: "utf8",
    env: { ...process.env, ...options.env },
    maxBuffer: 256 << 20,
  });
}

function command(name: string, args: string[]): Result {
  return run(name, args).status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/**
 * Runs vitest projects and reads its own report, so that the counts are its counts. Only the CLI's project has tests that are
 * skipped, where there is no CLI: its output says why, and they count for nothing.
 */
function vitest(projects: string[], extra: string[] = [], reporter = "default"): Result {
  const file = join(results, `${projects.join("-")}.json`);
  const { status } = run("vitest", [
    "run",
    ...projects.flatMap((project) => ["--project", project]),
    `--reporter=${reporter}`,
    "--reporter=json",
    `--outputFile.json=${file}`,
    ...extra,
  ]);
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, "utf8")) as {
    numPassedTests: number;
    numTotalTests: number;
    numPendingTests: number;
  };
  const skipped = projects.includes("cli") ? report.numPendingTests : 0;
  const failed = report.numTotalTests - report.numPassedTests - skipped;
  // A suite that doesn't load, or coverage below its threshold, fails the run without a failed test.
  return { passed: report.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
}

/** Runs the tests of every Go module of the repository. */
function go(): Result {
  const sum = { passed: 0, failed: 0 };
  const modules = globSync("embedded/**/go.mod", { cwd: root, exclude: ["**/node_modules/**"] }).map(dirname);
  for (const module of modules.filter((path) => globSync(join(root, path, "**/*_test.go")).length > 0)) {
    const { status, stdout } = run(goCommand.command, ["test", "-json", "./..."], {
      cwd: join(root, module),
      stdout: "pipe",
      // As the programs are built, so that what is compiled for them serves here too.
      env: { CGO_ENABLED: "0", GOFLAGS: "-trimpath" },
    });
    const before = sum.failed;
    for (const line of stdout.split("\n").filter((text) => text.startsWith("{"))) {
      const event = JSON.parse(line) as { Action: string; Test?: string; Output?: string; Package?: string };
      if (event.Test && event.Action === "pass") sum.passed++;
      if (event.Test && event.Action === "fail") sum.failed++;
      if (status !== 0 && event.Output) process.stdout.write(event.Output);
    }
    if (status !== 0 && sum.failed === before) sum.failed++;
  }
  return sum;
}

/** Debian packages that only tests need: the real parts that are tried outside a cluster, and a checker of scripts. */
const packages = ["chromium", "postgresql-15", "python3-venv", "shellcheck", "tesseract-ocr", "tesseract-ocr-eng"];

await runSteps([{ title: "Test packages", run: async (progress) => await installPackages(packages, progress) }]);

const goCommand = await ensureGo(root, console.log);

const suites: [string, () => Result][] = [
  ["types", () => command("tsc", ["-p", "."])],
  ["lint", () => command("biome", ["check", "."])],
  ["set-up", () => command("node", ["embedded/cli/main.ts", "setup"])],
  ["Go", go],
  ["unit and integration", () => vitest(["unit", "policy", "integration"], ["--coverage"])],
  // One after the other: both start nodes, and two cores are few.
  ["node, images, engine", () => vitest(["e2e"])],
  ["platform", () => vitest(["platform"])],
  ["Pulumi CLI", () => vitest(["cli"], [], "verbose")],
];

const total = { passed: 0, failed: 0 };
const lines: string[] = [];
for (const [name, suite] of suites) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  const { passed, failed } = suite();
  total.passed += passed;
  total.failed += failed;
  lines.push(
    `${name.padEnd(22)} ${passed} passed, ${failed} failed in ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
}
rmSync(results, { recursive: true });
console.log(`\n${lines.join("\n")}\n\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;

// Lines of folders whose code runs in several suites and in processes that these start, held to a share that must run.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { Profiler } from "node:inspector";
import { stripTypeScriptTypes } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { mergeProcessCovs } from "@bcoe/v8-coverage";
import { type CoverageMap, type CoverageMapData, createCoverageMap } from "@vitest/istanbul-lib-coverage";
import { convert } from "ast-v8-to-istanbul";
import { parseAstAsync } from "vitest/node";

/** Folders of the embedded platform, and the command line's; the others' code runs in the tests' own process, where vitest.config.ts holds them to the same. */
export const measured = ["cli", "embedded/deploy", "embedded/images", "embedded/node", "embedded/cli"];

/** The least share of lines, in percent. */
const least = 90;

/** Where what ran is recorded: one folder for vitest's reports, one for what Node writes as a process ends. */
export class Recording {
  readonly #reports: string;
  /** For NODE_V8_COVERAGE. */
  readonly processes: string;

  constructor(folder: string) {
    this.#reports = join(folder, "reports");
    this.processes = join(folder, "processes");
  }

  /**
   * Arguments that have a run of vitest add its report, of all folders that it measures or of these alone. V8 counts what runs of
   * every module, the SDK's too, and hands all of it over after each test file: where only these folders count, code that counts
   * by itself takes a quarter of that time.
   */
  vitest(name: string, of: "all" | "measured"): string[] {
    const folders =
      of === "all"
        ? []
        : ["--coverage.provider=istanbul", ...measured.map((folder) => `--coverage.include=${folder}/**/*.ts`)];
    const reporters = ["--coverage.reporter=text-summary", "--coverage.reporter=json"];
    return [
      "--coverage",
      "--coverage.reportOnFailure",
      ...folders,
      ...reporters,
      `--coverage.reportsDirectory=${join(this.#reports, name)}`,
    ];
  }

  /** What all runs together have run of the folders, of the files under `root`. */
  async sum(root: string): Promise<CoverageMap> {
    const sum = createCoverageMap();
    // A workspace has packages of its own in its node_modules.
    const isMeasured = (path: string) =>
      !path.includes("/node_modules/") && measured.some((folder) => relative(root, path).startsWith(`${folder}/`));
    for (const name of entries(this.#reports)) {
      const report = join(this.#reports, name, "coverage-final.json");
      if (!existsSync(report)) continue;
      const files = Object.entries(JSON.parse(readFileSync(report, "utf8")) as CoverageMapData);
      sum.merge(Object.fromEntries(files.filter(([path]) => isMeasured(path))));
    }
    for (const script of await this.#scripts(root, isMeasured)) sum.merge(script);
    return sum;
  }

  async #scripts(root: string, isMeasured: (path: string) => boolean): Promise<CoverageMapData[]> {
    const prefix = `file://${root}/`;
    const all = entries(this.processes).map((name) => {
      const { result } = JSON.parse(readFileSync(join(this.processes, name), "utf8")) as ProcessCoverage;
      return { result: result.filter(({ url }) => url.startsWith(prefix) && isMeasured(fileURLToPath(url))) };
    });
    const { result } = mergeProcessCovs(all.filter(({ result }) => result.length > 0));
    return await Promise.all(
      result.map(async (coverage) => {
        // Node takes the types out in the same way: offsets stay what they are.
        const code = stripTypeScriptTypes(readFileSync(fileURLToPath(coverage.url), "utf8"));
        return await convert({ ast: parseAstAsync(code), code, coverage, wrapperLength: 0 });
      }),
    );
  }
}
interface ProcessCoverage {
  result: Profiler.ScriptCoverage[];
}

const entries = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Says of each folder how much of it ran, and where it is too little, of which files the lines are. */
export function judge(sum: CoverageMap, root: string): { lines: string[]; failed: number } {
  const lines: string[] = [];
  let failed = 0;
  for (const folder of measured) {
    const files = sum.files().filter((path) => relative(root, path).startsWith(`${folder}/`));
    const counts = files.map((path) => {
      const { total, covered } = sum.fileCoverageFor(path).toSummary().lines;
      return { path: relative(root, path), total, missing: total - covered };
    });
    const total = counts.reduce((count, file) => count + file.total, 0);
    const missing = counts.reduce((count, file) => count + file.missing, 0);
    const share = total === 0 ? 0 : (100 * (total - missing)) / total;
    if (share >= least) {
      lines.push(`coverage of ${folder}: ${share.toFixed(1)} % of ${total} lines`);
      continue;
    }
    failed++;
    const worst = counts.sort((a, b) => b.missing - a.missing).slice(0, 10);
    lines.push(
      `coverage of ${folder} is ${share.toFixed(1)} % of ${total} lines, which must be ${least} %: of what doesn't run, most is in ` +
        worst.map(({ path, missing }) => `${path} (${missing})`).join(", "),
    );
  }
  return { lines, failed };
}

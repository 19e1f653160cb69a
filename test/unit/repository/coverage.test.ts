// What counts as run: what the tests' own process ran, and what processes did that a test started.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { judge, measured, Recording } from "../../coverage.ts";

let root: string;
let recording: Recording;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "coverage-"));
  recording = new Recording(join(root, "recorded"));
  for (const folder of measured) write(`${folder}/whole.ts`, "export const whole: boolean = true;\n");
});

function write(file: string, text: string): string {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Runs a program whose process records, as it is started by a test. */
function runs(path: string, ...args: string[]): void {
  const env = { ...process.env, NODE_V8_COVERAGE: recording.processes };
  expect(spawnSync(process.execPath, [path, ...args], { env, encoding: "utf8" })).toMatchObject({ status: 0 });
}

const parts = `interface Part {
  name: string;
}
function a(part: Part): void {
  console.log(part.name);
}
function b(part: Part): void {
  console.log(part.name);
}
if (process.argv[2] === "a") a({ name: "a" });
if (process.argv[2] === "b") b({ name: "b" });
`;

describe("the lines that ran", () => {
  test("are those of all processes together, of the measured folders alone", async () => {
    const imports = measured.map((folder) => `import "./${folder}/whole.ts";`).join("\n");
    const library = write("cli/node_modules/library/index.mjs", "export const library = true;\n");
    const own = 'import "./embedded/cli/parts.ts";\nimport "./cli/node_modules/library/index.mjs";\n';
    const main = write("main.ts", `${imports}\n${own}`);
    const path = write("embedded/cli/parts.ts", parts);
    runs(main, "a");
    const first = await recording.sum(root);
    expect(first.files()).not.toContain(main);
    expect(first.files()).not.toContain(library);
    expect(first.fileCoverageFor(path).getUncoveredLines()).toEqual(["8"]);
    runs(main, "b");
    expect((await recording.sum(root)).fileCoverageFor(path).getUncoveredLines()).toEqual([]);
  });

  test("too few of a folder fail with its name, its share, and where the lines are", async () => {
    const main = write("embedded/cli/parts.ts", parts);
    runs(main);
    const { lines, failed } = judge(await recording.sum(root), root);
    // Nothing of the other four ran at all.
    expect(failed).toBe(5);
    expect(lines.at(-1)).toMatch(
      /^coverage of embedded\/cli is \d+\.\d % of \d+ lines, .* embedded\/cli\/parts\.ts \(\d\)$/,
    );
  });
});

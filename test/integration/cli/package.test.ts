// The published form of the command line: packed, and run in an empty folder without this repository.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const cli = join(import.meta.dirname, "../../../cli");
let project: string;
const installed = () => join(project, "node_modules/@agentic/cli");
const run = (command: string, args: string[], cwd = project) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "agentic-"));
  writeFileSync(join(project, "package.json"), "{}");
  const [{ filename }] = JSON.parse(
    run("npm", ["pack", "--json", "--pack-destination", project], cli).replace(/^[^[]*/, ""),
  ) as [{ filename: string }];
  // It has no dependencies: nothing is asked of a registry.
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`]);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test("it runs as agentic and as kubectl's plugin", () => {
  const bin = join(project, "node_modules/.bin");
  for (const name of ["agentic", "kubectl-agentic"])
    expect(run(join(bin, name), ["--help"])).toMatch(/^Usage: agentic .*[\s\S]*doctor[\s\S]*Exit codes: 0 done/);
  expect(run("npx", ["--offline", "agentic", "--version"])).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test("it does what needs the most of what it imports: policies, the engine's check, Graphviz", () => {
  const template = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowTemplate",
    metadata: { name: "one" },
    spec: {
      entrypoint: "m",
      templates: [
        { name: "m", dag: { tasks: [{ name: "a", template: "t" }] } },
        { name: "t", suspend: {} },
      ],
    },
  };
  mkdirSync(join(project, "work"));
  writeFileSync(join(project, "work/one.json"), JSON.stringify(template));
  const agentic = join(project, "node_modules/.bin/agentic");
  // A gate without an end is refused.
  const { status, stdout } = spawnSync(agentic, ["template", "lint", "-f", "work/one.json"], {
    cwd: project,
    encoding: "utf8",
  });
  expect([status, stdout]).toEqual([3, expect.stringContaining("error workflow-deadlines")]);
  expect(run(agentic, ["template", "draw", "-f", "work/one.json", "--as", "svg"])).toContain("<svg");
});

test("it has no sources, and the licences of what is in it", () => {
  const files = readdirSync(installed(), { recursive: true, encoding: "utf8" });
  expect(files.filter((name) => /(?<!\.d)\.ts$/.test(name))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(["README.md", "dist/run.mjs", "dist/licenses/commander/LICENSE"]));
});

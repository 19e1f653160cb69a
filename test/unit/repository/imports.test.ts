// The arrows between the repository's folders: what may import what (docs/architecture.md), as biome.json enforces it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** Folders with those that their files may import. */
const allowed: Record<string, readonly string[]> = {
  api: [],
  kube: ["api"],
  tracing: ["api"],
  workflows: ["api", "kube"],
  components: ["workflows", "api", "kube"],
  stacks: ["components", "workflows", "api", "kube"],
  "platform-client": ["components", "workflows", "api", "kube"],
  "pipeline-kit": ["workflows", "policy", "embedded/engine", "api", "kube"],
  examples: ["platform-client", "pipeline-kit", "api"],
  operator: ["api", "kube", "tracing"],
  agents: ["api", "kube", "tracing"],
  policy: ["api", "kube"],
  cli: ["api", "kube", "console", "pipeline-kit", "embedded/engine"],
  console: ["api", "kube", "tracing"],
  "embedded/deploy": ["api", "kube"],
  "embedded/engine": ["api", "kube", "tracing"],
  "embedded/node": ["api", "kube"],
  "embedded/receiver": ["api", "kube", "tracing"],
  "embedded/images": ["embedded/node", "components", "api", "kube"],
  "embedded/dashboards": ["components"],
  "embedded/cli": [
    "embedded/dashboards",
    "embedded/deploy",
    "embedded/images",
    "embedded/node",
    "stacks",
    "components",
    "examples",
    "api",
    "kube",
  ],
};
const folders = Object.keys(allowed);
/** Folders that nothing imports. */
const importers = ["docs", "evals", "release", "test"];

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "imports-"));
  const { vcs: _, $schema: __, ...config } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  write("biome.json", JSON.stringify(config));
});
afterEach(() => rmSync(scratch, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(scratch, file)), { recursive: true });
  writeFileSync(join(scratch, file), text);
}

/** What Biome reports of the scratch folder, as `<file>:<line>` with the message. */
function report(rule: string): Map<string, string> {
  const args = ["lint", `--only=${rule}`, "--reporter=github", "--max-diagnostics=none", "."];
  let text: string;
  try {
    text = execFileSync(join(root, "node_modules/.bin/biome"), args, { cwd: scratch, encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    text = (error as { stdout: string }).stdout;
  }
  return new Map(
    [...text.matchAll(/^::error .*?file=([^,]*),line=(\d+),.*?::(.*)$/gm)].map(([, file = "", line, message = ""]) => [
      `${file.replace(`${scratch}/`, "")}:${line}`,
      message,
    ]),
  );
}

describe("an import of another folder", () => {
  const targets = [...folders, ...importers];
  /** As an editor writes it: the shortest way. */
  const path = (file: string, target: string) => relative(dirname(file), target);

  test.each([
    ["at the top of a folder", "a.ts"],
    ["deeper in a folder", "deep/a.ts"],
  ])("is reported where no arrow leads there: %s", (_, name) => {
    const expected: string[] = [];
    for (const folder of folders) {
      const file = `${folder}/${name}`;
      const others = targets.filter((target) => target !== folder);
      write(file, others.map((target, i) => `import a${i} from "${path(file, target)}/b.ts";\n`).join(""));
      others.forEach((target, i) => {
        if (!allowed[folder]?.includes(target)) expected.push(`${file}:${i + 1}`);
      });
    }
    expect(expected.length).toBeGreaterThan(100);
    expect([...report("style/noRestrictedImports").keys()].sort()).toEqual(expected.sort());
  });

  test("is reported by its package's name, too", () => {
    write("api/a.ts", 'import "@agentic/kube/connection/connect.ts";\nimport "@agentic/kube";\nimport "typebox";\n');
    write("operator/a.ts", 'import "@agentic/api/names.ts";\nimport "@agentic/engine/core/advance.ts";\n');
    expect([...report("style/noRestrictedImports").keys()].sort()).toEqual([
      "api/a.ts:1",
      "api/a.ts:2",
      "operator/a.ts:2",
    ]);
  });

  test("says which folders would be right", () => {
    write("components/a.ts", 'import "../stacks/index.ts";\n');
    expect(report("style/noRestrictedImports").get("components/a.ts:1")).toContain(
      "components imports only workflows, api and kube",
    );
  });

  test("is let be where a dependency or a folder's own subfolder has the same name", () => {
    write(
      "embedded/deploy/config/a.ts",
      'import "../policy/text.ts";\nimport "@pulumi/kubernetes/policy/v1/index.js";\n',
    );
    write("operator/controller/a.ts", 'import "../kube/watch.ts";\n');
    expect(report("style/noRestrictedImports")).toEqual(new Map());
  });
});

describe("a cycle", () => {
  test("of two files is reported, also where one of them needs only a type", () => {
    write("stacks/one.ts", 'import { two } from "./two.ts";\nexport const one = () => two;\n');
    write(
      "stacks/two.ts",
      'import type { one } from "./one.ts";\nexport const two: typeof one | undefined = undefined;\n',
    );
    expect([...report("suspicious/noImportCycles").keys()].sort()).toEqual(["stacks/one.ts:1", "stacks/two.ts:1"]);
  });

  test("is not seen where a file is imported twice", () => {
    write("stacks/one.ts", 'import { two } from "./two.ts";\nexport const one = () => two;\n');
    write("stacks/three.ts", 'import { two } from "./two.ts";\nexport const three = () => two;\n');
    write("stacks/two.ts", "export const two = 2;\n");
    expect(report("suspicious/noImportCycles")).toEqual(new Map());
  });
});

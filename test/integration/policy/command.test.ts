// npm run policy: the whole platform's program, for each stack, without building or making anything.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Log } from "sarif";
import { afterAll, beforeAll, expect, test } from "vitest";
import { standIns } from "../../../embedded/cli/policy.ts";
import { policy } from "../../../embedded/deploy/deploy.ts";
import { textOf } from "../../../embedded/deploy/policy/text.ts";
import { nonEmpty } from "../../non-empty.ts";

const root = join(import.meta.dirname, "../../..");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "policy-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "embedded/cli/main.ts"), "policy", ...args],
    {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, STACK: "" },
    },
  );
  return { status, text: stdout + stderr };
}

const noViolations = /agentic-platform \d+\.\d+\.\d+: \d+ policies over \d{3} resources: no violations/;

test("the stack embedded violates nothing, and the command ends with 0", () => {
  const { status, text } = run("--stack", "embedded");
  expect(text).toMatch(noViolations);
  expect(status).toBe(0);
});

test.each(["dev", "gke"])("the stack %s violates nothing", async (stack) => {
  const report = await policy({ directory: root, stack, config: standIns(stack), pack: join(root, "policy") });
  expect(textOf(report, root)).toMatch(noViolations);
});

test("violations end with 1, and stand in SARIF where the program makes the resource", () => {
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify({ "image-registries": { registries: ["registry.nowhere.example"] } }));
  const out = join(folder, "reports/policy.sarif");
  const { status, text } = run("--format", "sarif", "--out", out, "--policy-pack-config", config);
  expect(text).toContain("mandatory violations");
  expect(status).toBe(1);
  const results = (JSON.parse(readFileSync(out, "utf8")) as Log).runs[0]?.results ?? [];
  expect(results.length).toBeGreaterThan(4);
  for (const { ruleId, locations } of nonEmpty(results)) {
    expect(ruleId).toBe("image-registries");
    const { artifactLocation, region } = locations?.[0]?.physicalLocation ?? {};
    const file = join(root, artifactLocation?.uri ?? "");
    expect(existsSync(file), file).toBe(true);
    expect(readFileSync(file, "utf8").split("\n")[(region?.startLine ?? 0) - 1]).toMatch(
      /\bnew (Deployment|StatefulSet|Job)\b/,
    );
  }
});

test("an option that isn't there is answered with the usage", () => {
  expect(run("--format", "xml")).toMatchObject({ status: 1, text: expect.stringContaining("use text or sarif") });
  expect(run("--stak", "gke")).toMatchObject({ status: 1, text: expect.stringContaining("npm run policy --") });
});

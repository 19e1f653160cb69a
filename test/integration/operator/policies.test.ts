// The policies' own tests, run by the real policy engine, and its linter's opinion of them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { GATE_RULES } from "@agentic/api/gate-rules.ts";
import { TENANT_PARAMETERS, TENANT_SETTINGS } from "@agentic/api/tenant-settings.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { nonEmpty } from "../../non-empty.ts";
import { ensureOpa, POLICIES } from "./opa.ts";

const run = promisify(execFile);
let opa: string;

beforeAll(async () => {
  opa = await ensureOpa();
}, 900_000);

interface Result {
  package: string;
  name: string;
  fail?: boolean;
  error?: unknown;
}

describe("the policies", () => {
  it("pass their own tests, every rule covered", async () => {
    const { stdout } = await run(opa, ["test", POLICIES, "--format=json", "--ignore=.*"]).catch(
      (error: { stdout: string }) => error,
    );
    const results = JSON.parse(stdout) as Result[];
    expect(results.filter(({ fail, error }) => fail || error).map(({ name }) => name)).toEqual([]);
    expect(results.length).toBeGreaterThan(30);
    const coverage = await run(opa, ["test", POLICIES, "--coverage", "--format=json", "--ignore=.*"]);
    const { files } = JSON.parse(coverage.stdout) as { files: Record<string, { coverage: number }> };
    for (const [file, { coverage: percent }] of nonEmpty(Object.entries(files))) {
      if (!file.endsWith("_test.rego")) expect(percent, file).toBeGreaterThanOrEqual(95);
    }
  });

  it("know every key that the platform writes into a tenant's ConfigMap, and no other", async () => {
    const { stdout } = await run(opa, ["eval", "--data", POLICIES, "--format=raw", "data.agentic.start.tenant_keys"]);
    const knownNames = [...TENANT_PARAMETERS, ...Object.values(TENANT_SETTINGS), ...Object.values(GATE_RULES)];
    expect((JSON.parse(stdout) as string[]).sort()).toEqual(knownNames.sort());
  });

  it("pass the strict check and are formatted", async () => {
    await run(opa, ["check", "--strict", POLICIES]);
    expect((await run(opa, ["fmt", "--list", POLICIES])).stdout).toBe("");
  });
});

// The platform's rules, as Prometheus' own program reads them.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { prometheusRules } from "../../../components/observability/rules.ts";
import { promtoolBuild } from "../../../embedded/images/recipes/telemetry.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { profileNames } from "../../../stacks/config/profile.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";

const dir = mkdtempSync(join(tmpdir(), "rules-"));
let promtool: string;

beforeAll(async () => {
  promtool = await ensureGoProgram(promtoolBuild());
}, 1_200_000);

afterAll(() => rmSync(dir, { recursive: true }));

/** What promtool says of a rule file. */
async function check(rules: object): Promise<string> {
  const file = join(dir, "rules.json");
  writeFileSync(file, JSON.stringify(rules));
  const said = await promisify(execFile)(promtool, ["check", "rules", "--lint=all", "--lint-fatal", file]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return said.stdout + said.stderr;
}

test.each(profileNames)("are rules for Prometheus, profile %s", async (profile) => {
  const rules = prometheusRules({ targets: sloTargets[profile], matchers: 'cluster="a"' });
  const count = rules.groups.reduce((sum, group) => sum + group.rules.length, 0);
  expect(await check(rules)).toContain(`SUCCESS: ${count} rules found`);
});

test("are refused where one is wrong", async () => {
  const rules = prometheusRules({ targets: sloTargets.minimal });
  const broken = { groups: [...rules.groups, { name: "broken", rules: [{ alert: "Broken", expr: "up ==" }] }] };
  expect(await check(broken)).toContain("FAILED");
});

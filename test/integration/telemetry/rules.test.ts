// The platform's rules, as Prometheus' own program reads them.
import { beforeAll, expect, test } from "vitest";
import { prometheusRules } from "../../../components/observability/rules.ts";
import { profileNames } from "../../../stacks/config/profile.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";
import { promtool } from "./promtool.ts";

// Where nobody has built it yet, that takes minutes.
beforeAll(async () => {
  expect(await promtool({}, ["--version"])).toMatchObject({ code: 0 });
}, 1_200_000);

/** What promtool says of a rule file. */
async function check(rules: object): Promise<string> {
  return (await promtool({ "rules.json": rules }, ["check", "rules", "--lint=all", "--lint-fatal", "rules.json"])).text;
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

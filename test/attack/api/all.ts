// All attacks through the API, by attacker, and how they are tried: the attack fails in the words that it says, its twin passes.
import { describe, test } from "vitest";
import { refusal } from "../platform.ts";
import type { Accounts, Case } from "./case.ts";
import { cronCases } from "./cron-workflows.ts";
import { memberCases } from "./members.ts";
import { namespaceCases } from "./namespaces.ts";
import { podCases } from "./pods.ts";
import { agentCases, anonymousCases, otherTenantCases, receiverCases, userCases } from "./rights.ts";
import { templateCases } from "./templates.ts";
import { engineCases, workflowCases } from "./workflows.ts";
import { workloadCases } from "./workloads.ts";

/** Those that need no further configuration, by attacker. */
export const attackers: readonly (readonly [string, Case[]])[] = [
  ["a tenant's user", userCases],
  ["a tenant's user, by workloads", workloadCases],
  ["a tenant's people, by what their role doesn't allow", memberCases],
  ["a tenant's user, in another tenant's namespace", otherTenantCases],
  ["a compromised pod", agentCases],
  ["a compromised receiver of events", receiverCases],
  ["somebody without an account", anonymousCases],
  ["another tenant's team, by namespaces", namespaceCases],
  ["another tenant's team, by Workflows", workflowCases],
  ["another tenant's team, by CronWorkflows", cronCases],
  ["another tenant's team, by templates", templateCases],
  ["another tenant's team, by the engine", engineCases],
  ["another tenant's team, by pods", podCases],
];

/** A test for each case; the accounts are there once the tests run. */
export function tryAll(groups: readonly (readonly [string, Case[]])[], accounts: () => Accounts): void {
  describe.each(groups)("%s", (_, cases) => {
    test.concurrent.for(cases)("$attack: refused by $by", async ({ attempt, says, twin }, { expect }) => {
      expect(await refusal(attempt(accounts()))).toMatch(says);
      await expect(twin(accounts())).resolves.toBeDefined();
    });
  });
}

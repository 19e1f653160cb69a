// Attacks through the API: what each kind of account tries, who refuses it, and in which words; beside it what passes.
import { afterAll, beforeAll, describe, test } from "vitest";
import { until } from "../integration/operator/cluster.ts";
import { type Accounts, type Case, DRY_RUN, openAccounts, PODS, pod } from "./api/case.ts";
import { namespaceCases } from "./api/namespaces.ts";
import { imageCases, podCases } from "./api/pods.ts";
import { engineCases, workflowCases } from "./api/workflows.ts";
import { type Platform, refusal, startPlatform } from "./platform.ts";

const image = "registry.test/agents:1";
let platform: Platform;
let accounts: Accounts;

beforeAll(async () => {
  platform = await startPlatform({ tenants: [{ name: "demo" }], tenantImages: [image] });
  accounts = await openAccounts(platform.server.kubeconfig, image);
  const probes = [pod("probe:1"), pod(image, { spec: { priorityClassName: "system-node-critical" } })];
  const refused = (object: object) =>
    accounts.team.create(PODS + DRY_RUN, object).then(
      () => false,
      ({ message }: Error) => /images\.agentic\.io|exceeded quota/.test(message),
    );
  await until("the policies and quotas in force", async () =>
    (await Promise.all(probes.map(refused))).every(Boolean) ? true : undefined,
  );
});
afterAll(async () => {
  await accounts?.close();
  await platform?.stop();
});

const groups: [string, Case[]][] = [
  ["another tenant's team, by namespaces", namespaceCases],
  ["another tenant's team, by Workflows", workflowCases],
  ["another tenant's team, by the engine", engineCases],
  ["another tenant's team, by pods", podCases],
  ["somebody who pushes images", imageCases],
];

describe.each(groups)("%s", (_, cases) => {
  test.concurrent.for(cases)("$attack: refused by $by", async ({ attempt, says, twin }, { expect }) => {
    expect(await refusal(attempt(accounts))).toMatch(says);
    await expect(twin(accounts)).resolves.toBeDefined();
  });
});

// Attacks through the API: what each kind of account tries, who refuses it, and in which words; beside it what passes.
import { afterAll, beforeAll } from "vitest";
import { until } from "../integration/operator/cluster.ts";
import { attackers, tryAll } from "./api/all.ts";
import { type Accounts, DRY_RUN, openAccounts, PODS, pod, WORKLOADS, workload } from "./api/case.ts";
import { imageCases } from "./api/pods.ts";
import { systemPodTests } from "./api/system-pods.ts";
import { type Platform, startPlatform } from "./platform.ts";

const image = "registry.test/agents:1";
let platform: Platform;
let accounts: Accounts;

beforeAll(async () => {
  const config = {
    cluster: { kind: "kind" },
    tenants: [{ name: "demo" }, { name: "acme", external: true }],
    tenantImages: [image],
  };
  platform = await startPlatform(config, { flags: ["--allow-privileged=true"] });
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
  // The quota of our own kinds is counted later than that of pods.
  await until("the quota of workloads counted", async () =>
    accounts.team.create(WORKLOADS + DRY_RUN, workload()).then(
      () => true,
      ({ message }: Error) => (message.includes("status unknown for quota") ? undefined : true),
    ),
  );
});
afterAll(async () => {
  await accounts?.close();
  await platform?.stop();
});

tryAll([...attackers, ["somebody who pushes images", imageCases]], () => accounts);

systemPodTests(
  () => platform,
  () => accounts.team,
);

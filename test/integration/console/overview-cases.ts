// What the pages Tenants and Platform are tested for: each figure, for who may read it and who may not.
import { MONTH_BUDGET_CONFIG_MAP, monthBudgetData, monthOf } from "@agentic/api/month-budget.ts";
import { NAMESPACES, PLATFORM_QUOTA } from "@agentic/api/names.ts";
import { expect, test } from "vitest";
import { PAGES } from "../../../console/contract.ts";
import { TWO } from "../../attack/gate-people.ts";
import { until } from "../operator/cluster.ts";
import type { PagesScene } from "./pages-scene.ts";
import { fits, violations } from "./shown-page.ts";

const RBAC = "rbac.authorization.k8s.io";
const CERTIFICATES = "/apis/cert-manager.io/v1/namespaces/agentic-system/certificates";
const DAY_MS = 86_400_000;

/** A quota as the cluster's controller leaves it, which doesn't run here. */
async function useQuota({ tenants }: PagesScene): Promise<void> {
  const { client } = tenants.cluster;
  const path = `/api/v1/namespaces/${TWO}/resourcequotas`;
  const hard = { "requests.cpu": "4", "count/pods": "20", "requests.memory": "8Gi" };
  await client.create(path, { metadata: { name: PLATFORM_QUOTA }, spec: { hard } });
  const used = { "requests.cpu": "3600m", "count/pods": "20", "requests.memory": "1Gi" };
  await client.patch(`${path}/${PLATFORM_QUOTA}/status`, { status: { hard, used } });
}

/** A budget of the month with what is used of it, as the operator tells it. */
async function useBudget({ tenants }: PagesScene): Promise<void> {
  const used = { amount: 212_500_000_000n, tokens: 1_200_000n, calls: 0n };
  const limits = { amount: "250", tokens: 4_000_000 };
  const data = monthBudgetData(limits, used, { month: monthOf(Date.now()), currency: "USD" });
  const path = `/api/v1/namespaces/${TWO}/configmaps`;
  await tenants.cluster.client.create(path, { metadata: { name: MONTH_BUDGET_CONFIG_MAP } });
  await tenants.cluster.client.patch(`${path}/${MONTH_BUDGET_CONFIG_MAP}`, { data });
}

/** Components and a certificate of the platform, and somebody who may read them. */
async function runPlatform({ tenants }: PagesScene, reader: string): Promise<void> {
  const { client } = tenants.cluster;
  await client.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "certificates.cert-manager.io" },
    spec: {
      group: "cert-manager.io",
      scope: "Namespaced",
      names: { plural: "certificates", kind: "Certificate" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  });
  const components = [
    { name: "operator", image: "registry.local/operator:1.2.3", ready: 1 },
    { name: "opa", image: "registry.local/opa:1.9.0@sha256:abcdef", ready: 0 },
  ];
  for (const { name, image, ready } of components) {
    const path = `/apis/apps/v1/namespaces/${NAMESPACES.system}/deployments`;
    const labels = { app: `shown-${name}` };
    const spec = { containers: [{ name: "main", image }] };
    await client.create(path, {
      metadata: { name: `shown-${name}` },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    });
    const conditions = ready ? [] : [{ type: "Available", status: "False", message: "the image can't be pulled" }];
    await client.patch(`${path}/shown-${name}/status`, { status: { replicas: 1, readyReplicas: ready, conditions } });
  }
  await client.create(`/apis/${RBAC}/v1/clusterroles`, {
    metadata: { name: "reads-platform" },
    rules: [
      { apiGroups: ["apps"], resources: ["deployments", "statefulsets"], verbs: ["list"] },
      { apiGroups: ["cert-manager.io"], resources: ["certificates"], verbs: ["list"] },
    ],
  });
  await client.create(`/apis/${RBAC}/v1/clusterrolebindings`, {
    metadata: { name: "reads-platform" },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "reads-platform" },
    subjects: [{ kind: "User", apiGroup: RBAC, name: reader }],
  });
  await until("certificates are served", async () => {
    const certificate = {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "console" },
      status: {
        notAfter: new Date(Date.now() + 5.5 * DAY_MS).toISOString(),
        conditions: [{ type: "Ready", status: "True" }],
      },
    };
    return await client.create(CERTIFICATES, certificate).catch(() => undefined);
  });
}

export function overviewCases(scene: () => PagesScene): void {
  test("of a tenant shows its administrator the quota, members, rules, cost and what is open", async () => {
    const { tenants, open } = scene();
    await useQuota(scene());
    await useBudget(scene());
    const tara = await open("tara", PAGES.tenants);
    const { page } = tara;
    await page.getByText("see workloads, submit them, change and delete them and answer at gates").first().waitFor();
    await fits(tara, "tenants");
    await page.getByRole("link", { name: "two", exact: true }).click();
    await page.getByText("2 different people must approve").waitFor();
    await page.getByText("20 of 20, used up").waitFor();
    await page.getByText("3600m of 4, close").waitFor();
    await page.getByText("212.5 USD of 250 USD, 37.5 USD left, close").waitFor();
    await page.getByText("1 200 000 of 4 000 000, 2 800 000 left").waitFor();
    await page.getByText("ann", { exact: true }).waitFor();
    const { metadata } = await tenants.submit("sam", TWO, { suspend: true });
    await page.getByRole("link", { name: metadata.name, exact: true }).waitFor();
    await fits(tara, "tenant");
    expect(tara.complaints).toEqual([]);
    await page.context().close();
  });

  test("of a tenant tells an approver what they may not read, and others nothing of it", async () => {
    const { open } = scene();
    const bob = await open("bob", PAGES.tenant(TWO), { colorScheme: "dark" });
    await bob.page.getByText("You may not read them: the role tenant-admin may.").waitFor();
    await bob.page.getByText("37.5 USD left").waitFor();
    await fits(bob, "tenant-dark");
    await bob.page.context().close();
    const olga = await open("olga", PAGES.tenant(TWO));
    await olga.page.getByRole("alert").waitFor();
    expect(await violations(olga)).toEqual([]);
    await olga.page.goto(PAGES.tenants);
    await olga.page.getByText("You are a member of no tenant").waitFor();
    await olga.page.context().close();
  });

  test("of the platform shows what isn't ready first, versions, and the days that certificates still hold", async () => {
    await runPlatform(scene(), "olga");
    const olga = await scene().open("olga", PAGES.platform);
    const { page } = olga;
    await page.getByText("1 of 2 isn't ready").waitFor();
    const [, first, second] = await page.getByRole("table").first().getByRole("row").allTextContents();
    expect(first).toMatch(/Not ready.*shown-opa.*the image can't be pulled.*1\.9\.0.*0 of 1/);
    expect(second).toMatch(/Ready.*shown-operator.*1\.2\.3.*1 of 1/);
    await page
      .getByRole("row", { name: /console.*agentic-system/ })
      .getByRole("cell", { name: "5", exact: true })
      .waitFor();
    await page.getByText("No gate of your tenants waits").waitFor();
    await fits(olga, "platform");
    expect(olga.complaints).toEqual([]);
    await page.context().close();
  });

  test("of the platform tells who may not read its components so", async () => {
    const bob = await scene().open("bob", PAGES.platform, { colorScheme: "dark" });
    await bob.page.getByText(/^You may not read them: it takes the right/).waitFor();
    await fits(bob, "platform-dark");
    await bob.page.context().close();
  });
}

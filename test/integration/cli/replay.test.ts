// Workloads run again and compared, logs, and what a tenant is told of itself, each by people with a role in it.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { MONTH_BUDGET_CONFIG_MAP, monthOf } from "@agentic/api/month-budget.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Cluster, until } from "../operator/cluster.ts";
import { at, pod, startInstallation, TENANT } from "./installation.ts";
import { People } from "./people.ts";
import { type Played, play, submit, WORKLOADS } from "./runs.ts";

let cluster: Cluster;
let people: People;
beforeAll(async () => {
  cluster = await startInstallation();
  people = new People(cluster.kubeconfig);
});
afterAll(async () => {
  people?.remove();
  await cluster?.stop();
});

const get = (name: string) => cluster.client.get<AgentWorkload>(`${WORKLOADS}/${name}`);
const url = "https://example.com/";
const SMALL: Played = {
  confidence: 0.8,
  findings: [
    { severity: "low", url, text: "small print" },
    { severity: "high", url, text: "hidden fee" },
  ],
  cost: "0.01",
  seconds: 20,
};
const LARGE: Played = {
  confidence: 0.95,
  findings: [
    { severity: "low", url, text: "small print" },
    { severity: "info", url, text: "free delivery" },
  ],
  cost: "0.05",
  seconds: 35,
};

describe("retry", () => {
  test("submits the same job again, with what is finished of it, once it has ended", async () => {
    await cluster.template(TENANT, "keeps", [{ name: "artifact_cache", value: "" }]);
    await submit(cluster, "broken", { model: "small", orchestration: { workflowTemplateRef: { name: "keeps" } } });
    const early = await people.run("tara", TENANT, ["retry", "broken"]);
    expect([early.code, early.err]).toEqual([1, expect.stringMatching(/broken has not ended.*\nwait for it by/)]);
    await cluster.client.patch(`${WORKLOADS}/broken/status`, { status: { phase: "Failed" } });
    const run = await people.run("tara", TENANT, ["retry", "broken", "--as", "mended"]);
    expect([run.code, run.err]).toEqual([0, "mended: submitted by tara\n"]);
    expect((await get("mended")).spec).toMatchObject({ jobId: "broken", artifacts: { cache: true }, model: "small" });
    const refused = await people.run("vera", TENANT, ["retry", "broken"]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('"vera" cannot create resource')]);
  });
});

describe("replay", () => {
  test("runs it beside the first with another model, and shows what came out otherwise", async () => {
    await submit(cluster, "prices", { jobId: "first", artifacts: { prefix: "here", cache: true } });
    await play(cluster, "prices", SMALL, { phase: "Completed" });
    const running = people.run("tara", TENANT, ["replay", "prices", "--as", "prices-large", "--model", "large"]);
    await until("the second workload", async () => (await get("prices-large").catch(() => undefined)) && true);
    await play(cluster, "prices-large", LARGE, { phase: "Completed" });
    const { code, out, err } = await running;
    expect(code).toBe(0);
    expect(err).toMatch(/^prices-large: submitted by tara\n/);
    expect(out).toMatch(/^confidence +0\.8 +0\.95 +\+0\.15$/m);
    expect(out).toMatch(/^cost, USD +0\.01 +0\.05 +\+0\.04$/m);
    expect(out).toMatch(/^time +20 s +35 s +\+15 s$/m);
    expect(out).toContain(
      "findings: 1 the same\n- high https://example.com/: hidden fee\n+ info https://example.com/: free delivery",
    );
    const { jobId, artifacts, model } = (await get("prices-large")).spec;
    expect([jobId, artifacts?.prefix, artifacts?.cache, model]).toEqual([undefined, undefined, false, "large"]);
  });

  test("tells of the verdict by its exit code, after the difference", async () => {
    const running = people.run("tara", TENANT, ["replay", "prices", "--as", "prices-denied", "-o", "json"]);
    await until("the workload", async () => (await get("prices-denied").catch(() => undefined)) && true);
    await cluster.client.patch(`${WORKLOADS}/prices-denied/status`, { status: { phase: "Denied" } });
    const { code, out } = await running;
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({ before: { name: "prices" }, after: { phase: "Denied" } });
  });

  test("compare shows two that are there, to a viewer, too", async () => {
    const run = await people.run("vera", TENANT, ["compare", "prices", "prices-large", "-o", "yaml"]);
    expect(run.code).toBe(0);
    expect(parse(run.out)).toMatchObject({
      findings: { same: 1, gone: [{ text: "hidden fee" }], new: [{ text: "free delivery" }] },
    });
    const gone = await people.run("vera", TENANT, ["compare", "prices", "prices-denied"]);
    expect(gone.out).toContain("findings can't be compared");
  });
});

describe("logs", () => {
  test("say what there is where nothing can be shown", async () => {
    const logs = (...args: string[]) => people.run("vera", TENANT, ["logs", ...args]);
    await submit(cluster, "quiet");
    expect((await logs("quiet")).err).toContain("quiet has no run yet");
    await cluster.client.patch(`${WORKLOADS}/quiet/status`, {
      status: { argoWorkflow: { name: "quiet-0", namespace: TENANT, uid: "u" }, logs: "s3://artifacts/logs/quiet" },
    });
    expect((await logs("quiet")).err).toMatch(/no pods any more.*\ntheir logs are kept in the object store: s3:/);
    await cluster.client.create(at("v1", "pods", TENANT), {
      ...pod("quiet-scrape-1"),
      metadata: {
        name: "quiet-scrape-1",
        labels: { "workflows.argoproj.io/workflow": "quiet-0" },
        annotations: { "workflows.argoproj.io/node-name": "quiet-0.scrape(0)" },
      },
    });
    expect((await logs("quiet", "dom")).err).toContain("no pod of a step dom\nit has those of scrape(0)");
    // No node runs the pod.
    const waiting = await logs("quiet", "scrape");
    expect([waiting.code, waiting.err]).toEqual([0, expect.stringContaining("has no log yet")]);
    expect((await logs("quiet", "--tail", "few")).code).toBe(2);
  });
});

describe("tenant", () => {
  test("shows its administrator quota, members, rules, and what its workloads cost", async () => {
    await cluster.client.patch(at("v1", "configmaps", TENANT, "agentic-tenant"), {
      data: {
        four_eyes: "true",
        quorum: "2",
        approval_mode: "manual",
        allowed_templates: "a,b",
        "approvers.a": "legal\nrisk",
      },
    });
    await cluster.client.create(at("v1", "configmaps", TENANT), {
      metadata: { name: MONTH_BUDGET_CONFIG_MAP },
      data: { month: monthOf(Date.now()), currency: "USD", amount: "250", "used-amount": "12.5" },
    });
    const { code, out } = await people.run("tara", TENANT, ["tenant"]);
    expect(code).toBe(0);
    for (const line of [
      /^Quota +pods: 3 of 10$/m,
      /^Members +viewer: vera\n +tenant-admin: tara$/m,
      /^Rules +a person approves each workload$/m,
      /^ +four eyes: nobody approves/m,
      /^ +2 different people must approve$/m,
      /^ +template a is approved by legal or risk$/m,
      /^ +runs only a, b$/m,
      /^Workloads +.*2 Completed/m,
      /^Cost +0\.06 USD of the workloads/m,
      /^Budget +12\.5 of 250 USD in \d{4}-\d\d, 237\.5 left$/m,
    ])
      expect(out).toMatch(line);
  });

  test("says to a viewer what is not theirs to see", async () => {
    const { out } = await people.run("vera", TENANT, ["tenant"]);
    expect(out).toMatch(/^Quota +not yours to see: it needs the role tenant-admin$/m);
    expect(JSON.parse((await people.run("vera", TENANT, ["tenant", "-o", "json"])).out)).toMatchObject({
      quota: null,
      members: null,
    });
    const nothing = await people.run("vera", "agentic-system", ["tenant"]);
    expect([nothing.code, nothing.err]).toEqual([1, expect.stringContaining("you may read nothing of agentic-system")]);
  });
});

// `agentic schedule` by people with a tenant's roles and no others, against a real API server and operator.
import type { AgentSchedule } from "@agentic/api/agentschedule.ts";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { type GatePeople, startGatePeople, TWO, workloads } from "../../attack/gate-people.ts";
import { until } from "../operator/cluster.ts";
import { People } from "./people.ts";

const path = `/apis/agentic.io/v1alpha1/namespaces/${TWO}/agentschedules`;
let tenants: GatePeople;
let people: People;
const run = (name: string, args: string[]) => people.run(name, TWO, ["schedule", ...args]);
const get = (name: string) => tenants.cluster.client.get<AgentSchedule>(`${path}/${name}`);

beforeAll(async () => {
  tenants = await startGatePeople();
  people = new People(tenants.cluster.kubeconfig);
  await tenants.as("sam").create(path, {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentSchedule",
    metadata: { name: "digest", annotations: { [ANNOTATIONS.submittedBy]: "sam" } },
    spec: {
      schedule: { cron: "0 0 29 2 *", timeZone: "Europe/Berlin", concurrencyPolicy: "Forbid" },
      workload: {
        metadata: { labels: { team: "blue" } },
        spec: { objective: "What has changed?", targetUrls: ["https://example.com/"], jobId: "news" },
      },
    },
  });
  await until("the next time", async () => (await get("digest")).status?.nextScheduleTime);
}, 120_000);
afterAll(async () => {
  people?.remove();
  await tenants?.stop();
});

test("lists schedules, for people and for programs", async () => {
  const { code, out, err } = await run("sam", ["list"]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^NAME +SCHEDULE +TIME ZONE +STATE +ACTIVE +LAST +NEXT\n/);
  expect(out).toMatch(/^digest +0 0 29 2 \* +Europe\/Berlin +Scheduled +0 +- +\d{4}-02-28T23:00:00Z$/m);
  expect((await run("sam", ["list", "-o", "wide"])).out).toMatch(/visual-analysis-template +sam/);
  expect((await run("sam", ["list", "-o", "name"])).out).toBe("agentschedule.agentic.io/digest\n");
  expect(JSON.parse((await run("sam", ["list", "-o", "json"])).out)).toMatchObject({
    kind: "AgentScheduleList",
    items: [{ kind: "AgentSchedule", metadata: { name: "digest" } }],
  });
});

test("shows one: its times, its state, and what it makes in whose name", async () => {
  const { code, out } = await run("sam", ["show", "digest"]);
  expect(code).toBe(0);
  for (const line of [
    `Schedule       ${TWO}/digest`,
    "Times          0 0 29 2 *, Europe/Berlin",
    "If one runs    the next waits until it has ended",
    "Submitted by   sam",
    "Objective      What has changed?",
  ])
    expect(out.split("\n")).toContain(line);
  expect(parse((await run("sam", ["show", "digest", "-o", "yaml"])).out)).toMatchObject({
    metadata: { name: "digest" },
  });
  const none = await run("sam", ["show", "weekly"]);
  expect([none.code, none.err]).toEqual([1, expect.stringContaining('"weekly" not found')]);
});

test("suspends and resumes it, without taking it over", async () => {
  expect((await run("sam", ["suspend", "digest"])).out).toBe("digest: suspended\n");
  expect((await get("digest")).spec.schedule.suspend).toBe(true);
  expect((await run("sam", ["list"])).out).toMatch(/Europe\/Berlin +Suspended/);
  expect((await run("sam", ["show", "digest"])).out).toContain("none while it is suspended");
  expect((await run("sam", ["resume", "digest"])).out).toBe("digest: resumed\n");
  const { spec, metadata } = await get("digest");
  expect([spec.schedule.suspend, metadata.annotations?.[ANNOTATIONS.submittedBy]]).toEqual([false, "sam"]);
});

test("runs what it makes now, in the own name of who asks, as no workload of the schedule's", async () => {
  const dry = await run("sam", ["run", "digest", "--as", "digest-now", "--dry-run"]);
  expect(parse(dry.out)).toMatchObject({ metadata: { name: "digest-now", labels: { team: "blue" } } });
  expect(await run("sam", ["run", "digest", "--as", "digest-now"])).toEqual({
    code: 0,
    out: "digest-now: submitted by sam\n",
    err: "",
  });
  const { metadata, spec } = await tenants.cluster.client.get<AgentWorkload>(`${workloads(TWO)}/digest-now`);
  expect(metadata).toMatchObject({ labels: { team: "blue" }, annotations: { [ANNOTATIONS.submittedBy]: "sam" } });
  expect(metadata.labels).not.toHaveProperty([LABELS.schedule]);
  expect(metadata).not.toHaveProperty("ownerReferences");
  expect(spec).toMatchObject({ objective: "What has changed?" });
  // Its job is called as it is: another than those of the times.
  expect(spec).not.toHaveProperty("jobId");
  expect((await run("sam", ["run", "digest"])).out).toMatch(/^digest-[0-9a-f]{5}: submitted by sam\n$/);
});

test("does nothing for who may only answer at gates", async () => {
  expect((await run("ann", ["list"])).out).toContain("digest");
  for (const args of [
    ["suspend", "digest"],
    ["run", "digest"],
  ]) {
    const refused = await run("ann", args);
    expect([refused.code, refused.out], args.join(" ")).toEqual([1, ""]);
    expect(refused.err).toMatch(/^agentic: .*(forbidden|may answer|cannot)/);
  }
  expect((await get("digest")).spec.schedule.suspend).toBe(false);
});

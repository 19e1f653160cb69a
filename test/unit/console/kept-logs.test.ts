// The logs that a workload's steps have kept, as the console lists them: of its own folder, by step, from a store that answers in pages.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { podName, stepOfPod } from "@agentic/api/pod-names.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keptLogs, loggedAs } from "../../../console/artifacts/logs.ts";
import { openStore } from "../../../console/artifacts/store.ts";
import { startObjectStore } from "../../integration/agents/object-store.ts";

const RUN = "prices-0123abcd";
const FOLDER = "artifacts/job a/logs/u";
let store: Awaited<ReturnType<typeof startObjectStore>>;

beforeAll(async () => {
  store = await startObjectStore();
});
afterAll(async () => await store.stop());

const opened = () => openStore({ url: store.url, accessKey: "agent", secretKey: "s" });
const podOf = (step: string, run = RUN) => podName(run, `${run}.${step}`, step.replace(/\(\d+\)$/, ""));
const workload = (logs: string): AgentWorkload => ({
  apiVersion: "agentic.io/v1alpha1",
  kind: "AgentWorkload",
  metadata: { name: "prices", namespace: "tenant-a", uid: "u" },
  spec: { objective: "x", targetUrls: ["https://example.com/"] },
  // The second run of the workload.
  status: { logs, argoWorkflow: { name: `${RUN}-r1`, namespace: "tenant-a", uid: "w" } },
});
const own = workload("s3://artifacts/job%20a/logs/u");

test("are those of all runs and tries, from every page of the store's list", async () => {
  const steps = ["scrape(0)", "scrape(1)", "dom", "analysis", "synthesis"];
  for (const step of steps) store.objects.set(`${FOLDER}/${podOf(step)}/main.log`, Buffer.from("line\n"));
  store.objects.set(`${FOLDER}/${podOf("synthesis", `${RUN}-r1`)}/main.log`, Buffer.from("again\n"));
  const kept = await keptLogs(opened().list, own);
  expect(kept.map(({ displayName, run }) => `${run} ${displayName}`).sort()).toEqual(
    [...steps.map((step) => `${RUN} ${step}`), `${RUN}-r1 synthesis`].sort(),
  );
  expect(kept[0]).toMatchObject({ bytes: 5, at: "2026-01-01T00:00:00.000Z" });
});

test("are nobody else's: neither of another folder, nor of other pods, nor where a status leads elsewhere", async () => {
  store.objects.set(`artifacts/job a/logs/u2/${podOf("dom")}/main.log`, Buffer.from("another's"));
  store.objects.set(`${FOLDER}/other-0123abcd-dom-1/main.log`, Buffer.from("no pod of its"));
  store.objects.set(`${FOLDER}/${podOf("dom")}/../../u2/main.log`, Buffer.from("above"));
  const { list } = opened();
  expect((await keptLogs(list, own)).length).toBe(6);
  expect(await keptLogs(list, workload("s3://artifacts/job%20a/logs/u2"))).toEqual([]);
  expect(await keptLogs(list, workload("s3://artifacts/job_b/../job%20a/logs/u"))).toEqual([]);
});

test("are found by the name of a step or a pod; who names another is told which there are", async () => {
  const { list } = opened();
  const find = (name: string) => loggedAs(name, { nodes: [], list, workload: own });
  expect((await find("scrape(1)")).pod).toBe(podOf("scrape(1)"));
  expect((await find(podOf("dom"))).displayName).toBe("dom");
  await expect(find("gone")).rejects.toMatchObject({ status: 404, message: expect.stringContaining("scrape(0)") });
});

test("are none where there is no store, and a store's failure isn't taken for none", async () => {
  expect(await keptLogs(openStore(undefined).list, own)).toEqual([]);
  store.fail(403);
  await expect(keptLogs(opened().list, own)).rejects.toMatchObject({ status: 503 });
  store.fail(undefined);
  const broken = openStore({ url: `${store.url}/no-such-bucket`, accessKey: "agent", secretKey: "s" });
  await expect(keptLogs(broken.list, own)).rejects.toMatchObject({ status: 404 });
});

test("a pod's step is read from its name, whatever a template is called", () => {
  const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
  fc.assert(
    fc.property(name, fc.option(fc.nat(99)), (template, attempt) => {
      const step = attempt === null ? template : `${template}(${attempt})`;
      expect(stepOfPod(RUN, podOf(step))).toBe(step);
    }),
  );
  // An item of a loop: which one it was, its name doesn't say.
  const item = podName(RUN, `${RUN}.fetch(3:https://example.com)`, "fetch");
  expect(stepOfPod(RUN, item)).toBe(item.slice(RUN.length + 1));
  expect(stepOfPod(RUN, "another-pod-1")).toBeUndefined();
});

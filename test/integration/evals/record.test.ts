// A finished run becomes a case, which replays to the same results.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { manifestKey, parseS3Uri } from "@agentic/api/artifacts.ts";
import { STEPS } from "@agentic/api/template.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../../agents/core/store.ts";
import { type CaseFile, loadCases, saveCase, saveRecording } from "../../../evals/case.ts";
import { type Reader, recordRun } from "../../../evals/record.ts";
import { startRecordedGateway } from "../../../evals/recorded-gateway.ts";
import { type CaseRun, runCase } from "../../../evals/replay.ts";
import { openServices, runSuite } from "../../../evals/suite.ts";

const [original] = loadCases().filter(({ name }) => name === "half-fetched");
const dir = mkdtempSync(join(tmpdir(), "cases-"));
let run: CaseRun;
let reader: Reader;
let workload: AgentWorkload;

beforeAll(async () => {
  if (!original) throw new Error("there is no case half-fetched");
  await using services = await openServices();
  await using gateway = await startRecordedGateway(original.recording.exchanges);
  run = await runCase(original, { ...services, litellmUrl: gateway.url });
  const { objects } = run.store;
  reader = {
    read: (uri) => run.store.get(uri),
    keys: async (uri) => [...objects.keys()].filter((key) => key.startsWith(uri)).map((key) => parseS3Uri(key).key),
  };
  const manifests = Object.fromEntries(STEPS.map((step) => [step, run.store.uri(manifestKey("eval", step))]));
  const digests = Object.fromEntries(
    Object.entries(manifests).map(([step, uri]) => [step, digestOf(objects.get(uri) ?? "")]),
  );
  workload = {
    ...{ apiVersion: "agentic.io/v1alpha1", kind: "AgentWorkload" },
    metadata: { name: "mine", namespace: "tenant-demo" },
    spec: {
      objective: original.objective,
      targetUrls: original.pages.map(({ url }) => url),
      approval: original.approval,
    },
    status: {
      phase: "Completed",
      artifacts: { total: 0, named: 0, manifests, digests },
      approval: { decision: "approve" },
    },
  };
});
afterAll(() => rmSync(dir, { recursive: true }));

test("a finished run becomes a case that replays to its results, from its files alone", async () => {
  const { file, sources, ...recorded } = await recordRun(reader, workload);
  saveCase(join(dir, "mine"), file, sources);
  saveRecording(join(dir, "mine"), file.pages, recorded);
  const [loaded] = loadCases(dir);
  expect(loaded?.raw.pages).toEqual(original?.raw.pages);
  expect(loaded?.pictures).toEqual(original?.pictures);
  const { cases, total } = await runSuite(loaded ? [loaded] : []);
  expect(cases.mine).toMatchObject({ score: 1, decision: "approve", confidence: run.analysis?.confidence });
  expect(cases.mine?.facts.of).toBeGreaterThan(0);
  expect(total.passed).toBe(true);
  expect((JSON.parse(readFileSync(join(dir, "mine/case.json"), "utf8")) as CaseFile).expected.findings).toContainEqual({
    severity: "medium",
    text: "The page could not be read: HTTP 503 Service Unavailable",
  });
});

test("a case that there is already isn't overwritten", async () => {
  const { file, sources } = await recordRun(reader, workload);
  writeFileSync(join(dir, "case.json"), "{}");
  expect(() => saveCase(dir, file, sources)).toThrow("holds a case already");
});

test("a run that has not reached its gate can't be recorded", async () => {
  await expect(recordRun(reader, { ...workload, status: { phase: "Running" } })).rejects.toThrow(
    "tenant-demo/mine has no analysis",
  );
});

test("a run that waits at its gate can't be recorded", async () => {
  const waiting = { ...workload, status: { ...workload.status, approval: { decision: "pending" as const } } };
  await expect(recordRun(reader, waiting)).rejects.toThrow("waits at its gate");
});

test("a run that kept no answers can't be recorded", async () => {
  await expect(recordRun({ ...reader, keys: async () => [] }, workload)).rejects.toThrow(
    "kept no answers of the model",
  );
});

test("what is no longer what the run wrote isn't recorded", async () => {
  const changed = async (uri: string) =>
    uri.endsWith("analysis.json") && !uri.includes("manifests") ? Buffer.from("{}") : await reader.read(uri);
  await expect(recordRun({ ...reader, read: changed }, workload)).rejects.toThrow("is not what the run wrote");
});

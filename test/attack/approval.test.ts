// Somebody who changes what was approved between the gate and the report: another workload, or a pod with the tenant's keys.
import { createHash } from "node:crypto";
import type { ArtifactManifest } from "@agentic/api/artifacts.ts";
import type { Step } from "@agentic/api/template.ts";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Analysis } from "../../agents/core/documents.ts";
import { listen, type Running } from "../integration/agents/services.ts";
import { type StepEnvironment, type StepRun, startStepEnvironment } from "../integration/agents/step-environment.ts";
import { until } from "../integration/operator/cluster.ts";

let environment: StepEnvironment;
let site: Running & { port: number };
let database: pg.Client;
/** Holds up the answers for pages. */
let pause: Promise<void> | undefined;

const ANSWERS: Record<string, object> = {
  page_judgement: { summary: "It says so.", facts: [], findings: [], confidence: 0.99, reasons: [] },
  sight: { description: "A page.", text_in_images: [] },
  overview: { summary: "All say so.", key_facts: [] },
};

beforeAll(async () => {
  environment = await startStepEnvironment();
  environment.model.answerWith(() => {
    const { response_format: format } = JSON.parse(environment.model.requests.at(-1) ?? "") as {
      response_format: { json_schema: { name: string } };
    };
    return JSON.stringify(ANSWERS[format.json_schema.name]);
  });
  site = await listen(async (request, response) => {
    if (request.url === "/robots.txt") return response.writeHead(404).end();
    await pause;
    return response.writeHead(200, { "content-type": "text/html" }).end(`<title>P</title><p>Page ${request.url}`);
  });
  const url = new URL(environment.postgres.url);
  url.password = encodeURIComponent(environment.postgres.password);
  database = new pg.Client({ connectionString: url.href });
  await database.connect();
}, 120_000);
afterAll(async () => {
  await database.end();
  await Promise.all([environment[Symbol.asyncDispose](), site.stop()]);
});

const STEPS = "scrape,dom,analysis";
const env = (job: string, more: Record<string, string> = {}) =>
  environment.env(job, {
    TARGET_URLS: JSON.stringify([`${site.url}/${job}`]),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
    ...more,
  });
const digest = (bytes: Buffer | string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const keyOf = (uri: string | undefined) => uri?.replace("s3://", "") ?? "";
const stored = (uri: string | undefined) => environment.store.objects.get(keyOf(uri)) ?? Buffer.alloc(0);

async function runStep(step: Step, variables: Record<string, string>): Promise<StepRun> {
  const run = await environment.run(step, variables);
  if (run.code !== 0) throw new Error(`${step} ended with ${run.code}: ${run.output}`);
  return run;
}

/** Runs a job's steps to its gate, and gives the variables of a step after it, as the gate and the template make them. */
async function toGate(job: string, more: Record<string, string> = {}) {
  const runs: Record<string, StepRun> = {};
  for (const step of STEPS.split(",") as Step[]) runs[step] = await runStep(step, env(job, more));
  const evidence = Object.fromEntries(
    Object.entries(runs).map(([step, { result }]) => [step, result?.manifest?.digest ?? ""]),
  );
  return { runs, evidence, after: env(job, { ...more, GATE_STEPS: STEPS, GATE_EVIDENCE: JSON.stringify(evidence) }) };
}

/** Replaces what a step wrote, with the tenant's keys: the artifact, its manifest, and the record of both. */
async function forge(job: string, step: Step, name: string, change: (text: string) => string): Promise<void> {
  const owner = `tenant-test/${env(job).RUN_ID}`;
  const { rows } = await database.query<{ result: string }>(
    "SELECT result FROM agent_steps WHERE owner = $1 AND step = $2",
    [owner, step],
  );
  const result = JSON.parse(rows[0]?.result ?? "") as NonNullable<StepRun["result"]>;
  const manifest = JSON.parse(stored(result.manifest?.uri).toString()) as ArtifactManifest;
  const entry = manifest.artifacts.find((candidate) => candidate.name === name);
  if (!entry || !result.manifest) throw new Error("nothing to forge");
  const forged = change(stored(entry.uri).toString());
  environment.store.objects.set(keyOf(entry.uri), Buffer.from(forged));
  entry.digest = digest(forged);
  const text = JSON.stringify(manifest);
  environment.store.objects.set(keyOf(result.manifest.uri), Buffer.from(text));
  result.manifest.digest = digest(text);
  await database.query("UPDATE agent_steps SET result = $3 WHERE owner = $1 AND step = $2", [
    owner,
    step,
    JSON.stringify(result),
  ]);
}

const report = (run: StepRun) => stored(run.result?.artifacts.report).toString();

describe("after the gate", () => {
  test("what was approved is synthesised, and the report says what that was", async () => {
    const { after, evidence } = await toGate("twin");
    const run = await runStep("synthesis", after);
    for (const [step, manifest] of Object.entries(evidence))
      expect(report(run)).toContain(`- ${step}: \`${manifest}\``);
  });

  test.each<[Step, string, (text: string) => string]>([
    ["analysis", "analysis", (text) => text.replace("It says so.", "It says something else.")],
    ["scrape", "raw_html", (text) => text.replace("<p>Page", "<p>Other")],
    ["dom", "dom_structures", (text) => text.replace('"title":"P"', '"title":"Q"')],
  ])("another %s, with manifest and record to match, is refused", async (step, name, change) => {
    const { after, evidence } = await toGate(`forged-${step}`);
    await forge(`forged-${step}`, step, name, change);
    const run = await environment.run("synthesis", after);
    expect(run.code).toBe(1);
    expect(run.log.at(-1)?.error).toMatch(
      `what the step ${step} wrote is no longer what was approved: its manifest had ${evidence[step]} at the gate and has sha256:`,
    );
    expect(run.result).toBeUndefined();
  });

  test("a report that somebody has left there as if the step were done isn't taken for its result", async () => {
    const { after } = await toGate("prepared");
    const before = report(await runStep("synthesis", after));
    await forge("prepared", "synthesis", "report", () => "# Buy now");
    expect(report(await runStep("synthesis", after))).toBe(before);
  });

  test.each([
    ["no evidence", "", "scrape, dom, analysis"],
    ["evidence of a part", JSON.stringify({ scrape: "sha256:a", dom: "sha256:b" }), "analysis"],
    ["no JSON", "approve", "scrape, dom, analysis"],
  ])("a gate that was passed with %s lets nothing through", async (_, evidence, missing) => {
    const run = await environment.start("synthesis", env("passed", { GATE_STEPS: STEPS, GATE_EVIDENCE: evidence }))
      .exit;
    expect(run.code).toBe(2);
    expect(run.log[0]?.error).toBe(
      `GATE_EVIDENCE: the gate was passed without saying what of ${missing} was approved; approve the AgentWorkload rather than resume its Workflow`,
    );
  });

  test("a second run of the same job id and prefix changes nothing of the first's report", async () => {
    const first = await toGate("shared");
    const second = { RUN_ID: "shared-2", TARGET_URLS: JSON.stringify([`${site.url}/other`]) };
    const other = await toGate("shared", second);
    const reports = [await runStep("synthesis", first.after), await runStep("synthesis", other.after)].map(report);
    expect(reports[0]).toContain(`${site.url}/shared`);
    expect(reports[0]).not.toContain(`${site.url}/other`);
    expect(reports[1]).toContain(`${site.url}/other`);
  });
});

test("whoever reads the report can tell it from another in its place, by the digest that the step reported", async () => {
  const { after } = await toGate("read");
  const { result } = await runStep("synthesis", after);
  const manifest = stored(result?.manifest?.uri);
  expect(digest(manifest)).toBe(result?.manifest?.digest);
  const entry = (JSON.parse(manifest.toString()) as ArtifactManifest).artifacts.find(({ name }) => name === "report");
  expect(digest(stored(entry?.uri))).toBe(entry?.digest);
  await forge("read", "synthesis", "report", () => "# Buy now");
  expect(digest(stored(result?.manifest?.uri))).not.toBe(result?.manifest?.digest);
});

describe("two pods of one step", () => {
  let release = () => {};
  beforeEach(() => {
    pause = new Promise((resolve) => {
      release = () => {
        pause = undefined;
        resolve();
      };
    });
  });

  /** Who writes the run's step, once that is another than before. */
  const writerOtherThan = (before: string | undefined, run = "") =>
    until("the next pod", async () => {
      const { rows } = await database.query<{ writer: string }>("SELECT writer FROM agent_writers WHERE owner = $1", [
        `tenant-test/${run}`,
      ]);
      return rows[0]?.writer === before ? undefined : rows[0]?.writer;
    });

  test("the one that began first writes nothing more, and what the other wrote stays", async () => {
    const variables = env("pods");
    const old = environment.run("scrape", { ...variables, RESULT_FILE: `${variables.RESULT_FILE}.old` });
    const writer = await writerOtherThan(undefined, variables.RUN_ID);
    const next = environment.run("scrape", variables);
    await writerOtherThan(writer, variables.RUN_ID);
    release();
    const [first, second] = await Promise.all([old, next]);
    expect([first.code, second.code]).toEqual([75, 0]);
    expect(first.log.at(-1)?.error).toBe(
      "another pod has begun this step of the run since: this one writes nothing more",
    );
    await runStep("analysis", variables);
    expect(environment.json<Analysis>("pods", "analysis.json").pages).toHaveLength(1);
  });

  test("one after the other, as when a pod was lost: the next goes on", async () => {
    release();
    await runStep("scrape", env("lost"));
    await runStep("scrape", env("lost"));
    expect((await runStep("dom", env("lost"))).result?.artifacts.dom_structures).toBe(
      "s3://artifacts/job_lost/dom_structures.json",
    );
  });
});

// The sample workload makes its report from the pages, and every artifact on the way.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { parseS3Uri, s3Uri } from "@agentic/api/artifacts.ts";
import { parseAmount } from "@agentic/api/money.ts";
import { DEFAULT_WORKFLOW_TEMPLATE } from "@agentic/api/names.ts";
import { workloadTrace } from "@agentic/api/trace.ts";
import { beforeAll, describe, expect, it } from "vitest";
import { costLines } from "../../../embedded/cli/cost.ts";
import { readReport } from "../../../embedded/cli/cost-report/cost-report.ts";
import { totalOf } from "../../../embedded/cli/cost-report/table.ts";
import { openArtifacts, parseWorkload, runWorkload, timeline, type Workload } from "../../../embedded/cli/sample.ts";
import { loadCases } from "../../../evals/case.ts";
import { eventLines } from "../../../evals/event.ts";
import { recordWorkload } from "../../../evals/record-workload.ts";
import { runSuite } from "../../../evals/suite.ts";
import { nonEmpty } from "../../non-empty.ts";
import { artifact, namespace, nodes, platform } from "./platform.ts";

const file = join(import.meta.dirname, "../../../examples/visual-analysis.yaml");

/** Width and height in a PNG's header. */
function pngSize(image: Buffer): [number, number] {
  expect(image.subarray(1, 4).toString("latin1")).toBe("PNG");
  return [image.readUInt32BE(16), image.readUInt32BE(20)];
}

describe("the sample", () => {
  let done: Workload;
  beforeAll(async () => {
    done = await runWorkload(platform, parseWorkload(readFileSync(file, "utf8"), file), () => {});
  });

  it("ends as Completed with each step succeeded", async () => {
    expect(done.status?.phase, JSON.stringify(done.status)).toBe("Completed");
    const all = await nodes(done.metadata.name);
    for (const step of ["scrape", "screenshot", "dom", "analysis", "approval-gate", "synthesis"])
      expect(all[step]?.phase, step).toBe("Succeeded");
  });

  it("keeps the pages as they were served", async () => {
    const text = (await artifact(done, "raw_html")).toString();
    expect(text).toContain("Its spout pours without a drip");
  });

  it("takes a picture of each whole page", async () => {
    const names = Object.keys(done.status?.workflowArtifacts ?? {}).filter((name) => name.startsWith("screenshot"));
    expect(names).toHaveLength(3);
    const sizes = await Promise.all(names.map(async (name) => pngSize(await artifact(done, name))));
    for (const [width, height] of nonEmpty(sizes)) {
      expect(width).toBeGreaterThanOrEqual(1000);
      expect(height).toBeGreaterThanOrEqual(600);
    }
    // The pages differ in length, so whole-page pictures do.
    expect(new Set(sizes.map(([, height]) => height)).size).toBeGreaterThan(1);
  });

  it("extracts the structure: tables, links and JSON-LD", async () => {
    const text = (await artifact(done, "dom_structures")).toString();
    expect(text).toContain("LK-C20");
    expect(text).toContain("12 years");
    expect(text).toContain("/about.html");
  });

  it("analyses with a confidence that has reasons", async () => {
    const analysis = JSON.parse((await artifact(done, "analysis")).toString()) as {
      confidence: number;
      reasons: string[];
    };
    expect(analysis.confidence).toBeGreaterThan(0.5);
    expect(analysis.confidence).toBeLessThanOrEqual(1);
    expect(analysis.reasons.length).toBeGreaterThan(0);
  });

  it("is approved on what its steps wrote, and the report names that", async () => {
    const { approval, artifacts } = (done.status ?? {}) as AgentWorkloadStatus;
    const { synthesis, ...before } = artifacts?.digests ?? {};
    expect(Object.keys(before).sort()).toEqual(["analysis", "dom", "scrape", "screenshot"]);
    expect(approval?.evidence).toEqual(before);
    expect(synthesis).toMatch(/^sha256:/);
    expect((await artifact(done, "report")).toString()).toContain(`- analysis: \`${before.analysis}\``);
  });

  it("becomes a case of the evaluations, which replays to the same end without the platform, and says so in events", async () => {
    const folder = mkdtempSync(join(tmpdir(), "recorded-"));
    try {
      const { name, namespace: tenant = "" } = done.metadata;
      await recordWorkload(platform, { name, namespace: tenant, folder: join(folder, name) });
      const recorded = loadCases(folder);
      const results = await runSuite(recorded);
      expect(results.cases[name]).toMatchObject({
        problems: [],
        score: 1,
        invented: 0,
        decision: ((done.status ?? {}) as AgentWorkloadStatus).approval?.decision,
      });
      expect(results.cases[name]?.facts.of).toBeGreaterThan(0);
      const lines = eventLines(results, { [name]: recorded[0]?.template ?? "" }, new Date().toISOString());
      const events = lines.map((line) => JSON.parse(line));
      expect(new Set(events.map(({ event_name }) => event_name))).toEqual(new Set(["gen_ai.evaluation.result"]));
      expect(events.map(({ attributes }) => attributes)).toContainEqual({
        "gen_ai.evaluation.name": "score",
        "gen_ai.evaluation.score.value": 1,
        "gen_ai.evaluation.score.label": "pass",
        "gen_ai.workflow.name": "visual-analysis-template",
        "agentic.evaluation.case": name,
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("reports facts that only the pages say", async () => {
    const report = (await artifact(done, "report")).toString();
    for (const fact of ["139.00", "64.50", "Larkspur"]) expect(report).toContain(fact);
  });

  it("keeps the log of each pod, without the tenant's secrets", async () => {
    await using store = await openArtifacts(platform, namespace);
    const { logs = "", argoWorkflow } = (done.status ?? {}) as AgentWorkloadStatus;
    const keys = nonEmpty(await store.keys(`${logs}/`));
    const { bucket } = parseS3Uri(logs);
    for (const step of ["scrape", "screenshot", "dom", "analysis", "synthesis"]) {
      const key = keys.find((key) => key.includes(`/${argoWorkflow?.name}-${step}-`)) ?? "";
      const lines = (await store.read(s3Uri(bucket, key))).toString().trim().split("\n");
      const last = JSON.parse(lines.at(-1) ?? "") as Record<string, unknown>;
      const { traceId } = workloadTrace(done, 100);
      const of = { jobId: done.metadata.name, tenant: namespace, step, attempt: 0, traceId };
      expect(last).toMatchObject({ msg: "step done", ...of, pod: key.split("/").at(-2) });
    }
  });

  it("says what it has cost, measured, beside what its template estimated", async () => {
    const { cost } = (done.status ?? {}) as AgentWorkloadStatus;
    expect(cost?.modelCalls).toBeGreaterThanOrEqual(4);
    expect(cost?.tokens.input).toBeGreaterThan(100);
    for (const kind of ["cpu", "memory", "storage", "browser"])
      expect(parseAmount(cost?.parts[kind] ?? "0"), kind).toBeGreaterThan(0n);
    const [measured = "", estimated = ""] = await costLines(platform, done);
    console.log(`${measured}\n${estimated}`);
    const ratio = Number(cost?.total) / Number(/estimated +(\S+)/.exec(estimated)?.[1]);
    expect(ratio).toBeGreaterThan(0.25);
    expect(ratio).toBeLessThan(4);
  });

  it("is in the month's report, by who pays and for what, with what its steps have used", async () => {
    const { completedAt = "" } = (done.status ?? {}) as AgentWorkloadStatus;
    const { groups, steps } = await readReport(platform, completedAt.slice(0, 7));
    const [group] = groups.filter(
      ({ tenant, template }) => tenant === "demo" && template === DEFAULT_WORKFLOW_TEMPLATE,
    );
    expect(group).toMatchObject({ team: "platform", costCenter: "examples" });
    expect(group?.workloads).toBeGreaterThanOrEqual(1);
    expect(totalOf(group ?? { parts: {} as never })).toBeGreaterThanOrEqual(
      parseAmount(done.status?.cost?.total ?? ""),
    );
    for (const step of ["scrape", "screenshot", "dom", "analysis", "synthesis"]) {
      const usage = steps.find((other) => other.step === step && other.template === DEFAULT_WORKFLOW_TEMPLATE);
      expect(usage?.milliCpu.p95, step).toBeGreaterThan(10);
      expect(usage?.bytes.p95, step).toBeGreaterThan(30 * 2 ** 20);
    }
  });

  it("has a timeline by step", async () => {
    const lines = await timeline(platform, done);
    expect(
      lines.map((line) =>
        line
          .trim()
          .split(/\s+/)[2]
          ?.replace(/\(\d+\)$/, ""),
      ),
    ).toEqual(expect.arrayContaining(["scrape", "screenshot", "dom", "analysis", "approval-gate", "synthesis"]));
  });
});

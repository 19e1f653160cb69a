// The operator's metrics: what is counted when a status is written, what a scrape finds, and that their number has a bound.
import perfHooks from "node:perf_hooks";
import type { AgentWorkload, AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WorkflowNode } from "../../../operator/argo.ts";
import { trimTemplate, trimWorkload } from "../../../operator/controller/trim.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { faultOf } from "../../../operator/metrics/fault.ts";
import { LabelValues } from "../../../operator/metrics/label-values.ts";
import { populationOf } from "../../../operator/metrics/population.ts";
import { observeTransition } from "../../../operator/metrics/transitions.ts";
import { playScenario } from "./life.ts";
import { decided, observed, type RunOptions, run, START, timeAt, workload } from "./observed.ts";
import { quietMetrics } from "./quiet-metrics.ts";
import { SCENARIOS } from "./scenarios.ts";

/** As the operator's cache keeps it. */
const visualAnalysis = trimTemplate({
  metadata: { name: "visual-analysis-template", namespace: "tenant-demo" },
  spec: { templates: [{ name: "main", dag: {} }, { name: "scrape" }, { name: "approval-gate", suspend: {} }] },
});
const templates = new Map([
  ["visual-analysis-template", { tenants: new Set(["tenant-demo"]), steps: new Set(["scrape"]) }],
]);

const scrape: Partial<WorkflowNode> = {
  displayName: "scrape(0:https://example.com/a)",
  templateName: "scrape",
  phase: "Succeeded",
  startedAt: timeAt(5),
  finishedAt: timeAt(35),
};

/** Decides on a workload whose run has these nodes, and observes what the decision changes. */
function observe(
  metrics: ReturnType<typeof quietMetrics>,
  subject: AgentWorkload,
  nodes: Partial<WorkflowNode>[],
  options: RunOptions = {},
): AgentWorkloadStatus {
  const runs = [run(subject, nodes, options)];
  const { status } = decide(observed({ workload: subject, runs, now: START + 120_000 }));
  const template = subject.spec.orchestration ? undefined : visualAnalysis;
  observeTransition(metrics, { workload: subject, status, runs, template });
  return status;
}

const ended = (phase: string): RunOptions => ({ phase, finishedAt: timeAt(100), message: "no more" });

async function lines(metrics: ReturnType<typeof quietMetrics>, start: string): Promise<string[]> {
  const text = await metrics.registry.metrics();
  return text.split("\n").filter((line) => line.startsWith(start) && !line.endsWith(" 0"));
}

describe("an operator that has nothing to do", () => {
  it("isn't woken for its metrics more often than twice a second", () => {
    const monitor = vi.spyOn(perfHooks, "monitorEventLoopDelay");
    quietMetrics();
    expect(monitor.mock.calls.map(([options]) => options?.resolution)).toEqual([500]);
    monitor.mockRestore();
  });
});

describe("a run's end", () => {
  it("is counted once, with its steps, its gate and its time without the gate", async () => {
    const metrics = quietMetrics();
    const subject = workload({ approval: { mode: "manual" } });
    const gate = { ...decided("approve", "approved by ann: fine"), startedAt: timeAt(40) };
    const status = observe(metrics, subject, [scrape, gate], ended("Succeeded"));
    observe(metrics, { ...subject, status }, [scrape, gate], ended("Succeeded"));
    const template = 'template="visual-analysis-template"';
    expect(await lines(metrics, "agentic_workloads_finished_total")).toEqual([
      `agentic_workloads_finished_total{tenant="tenant-demo",${template},phase="Completed",reason="Completed",fault="none"} 1`,
    ]);
    expect(await lines(metrics, "agentic_step_seconds_sum")).toEqual([
      `agentic_step_seconds_sum{${template},step="scrape",outcome="succeeded"} 30`,
    ]);
    expect(await lines(metrics, "agentic_gate_decisions_total")).toEqual([
      'agentic_gate_decisions_total{decision="approve",mode="manual",by="person"} 1',
    ]);
    expect(await lines(metrics, "agentic_gate_wait_seconds_sum")).toEqual([
      'agentic_gate_wait_seconds_sum{mode="manual"} 50',
    ]);
    // From the first step, at 5 s, to the decision, at 120 s, without the 50 s at the gate.
    expect(await lines(metrics, "agentic_run_seconds_sum")).toEqual([
      `agentic_run_seconds_sum{${template},phase="Completed"} 65`,
    ]);
    expect(await lines(metrics, "agentic_first_pod_seconds_sum")).toEqual([
      `agentic_first_pod_seconds_sum{${template}} 5`,
    ]);
  });

  it("counts the pages that its steps report, and nothing that isn't a number", async () => {
    const metrics = quietMetrics();
    const said = (result: unknown) => ({ parameters: [{ name: "result", value: JSON.stringify(result) }] });
    const pages = { read: 3, failed: 2, disallowed: 1, bytes: 1000 };
    const nodes = [
      { ...scrape, outputs: said({ artifacts: {}, beginning: "resumed", pages }) },
      {
        ...scrape,
        displayName: "scrape(1)",
        outputs: said({ beginning: "by-magic", pages: { read: "many", bytes: -1 } }),
      },
    ];
    observe(metrics, workload(), nodes, ended("Succeeded"));
    const template = 'template="visual-analysis-template"';
    expect(await lines(metrics, "agentic_page")).toEqual([
      `agentic_pages_total{${template},result="read"} 3`,
      `agentic_pages_total{${template},result="failed"} 1`,
      `agentic_pages_total{${template},result="disallowed"} 1`,
      `agentic_page_bytes_total{${template}} 1000`,
    ]);
    expect(await lines(metrics, "agentic_step_beginnings_total")).toEqual([
      `agentic_step_beginnings_total{${template},step="scrape",beginning="resumed"} 1`,
    ]);
  });

  it("adds the workload's cost by kind in whole billionths, and its tokens, to series that said 0 before", async () => {
    const subject = workload();
    const metrics = quietMetrics({ population: () => populationOf([subject], templates, START) });
    const labels = 'tenant="tenant-demo",template="visual-analysis-template"';
    expect(await metrics.registry.metrics()).toContain(`agentic_cost_nano_total{${labels},kind="cpu"} 0\n`);
    const cost = {
      currency: "USD",
      total: "0.100000003",
      parts: { cpu: "0.000000001", memory: "0.000000002", model: "0.1", storage: "0", browser: "0" },
      modelCalls: 2,
      tokens: { input: 30, output: 4 },
      prices: "on-premises 2026-11",
    };
    const status = { phase: "Completed" as const, cost };
    observeTransition(metrics, { workload: subject, status, runs: [], template: visualAnalysis });
    expect(await lines(metrics, "agentic_cost_nano_total")).toEqual([
      `agentic_cost_nano_total{${labels},kind="cpu"} 1`,
      `agentic_cost_nano_total{${labels},kind="memory"} 2`,
      `agentic_cost_nano_total{${labels},kind="model"} 100000000`,
    ]);
    expect(await lines(metrics, "agentic_model_tokens_total")).toEqual([
      `agentic_model_tokens_total{${labels},direction="input"} 30`,
      `agentic_model_tokens_total{${labels},direction="output"} 4`,
    ]);
  });

  it("that is tried again counts its steps then, and those of the next run at its end", async () => {
    const metrics = quietMetrics();
    const subject = workload({ retry: { limit: 1, backoff: "1h" } });
    const failed = { ...scrape, phase: "Failed", message: "main: OOMKilled (exit code 137)" };
    const status = observe(metrics, subject, [failed], ended("Failed"));
    expect(status.phase).toBe("Pending");
    const again = { ...subject, status };
    observe(metrics, again, [failed], ended("Failed"));
    observe(metrics, again, [scrape], { ...ended("Succeeded"), attempt: 1 });
    const text = await metrics.registry.metrics();
    for (const outcome of ["failed", "succeeded"])
      expect(text).toMatch(new RegExp(`agentic_step_seconds_count\\{[^}]*outcome="${outcome}"\\} 1\n`));
    expect(text).toContain('agentic_run_failures_total{kind="OutOfMemory"} 1');
  });
});

describe("the control loop", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each(SCENARIOS)("counts a workload that is $name", async (scenario) => {
    const { metrics } = await playScenario(scenario);
    const text = (await metrics?.registry.metrics()) ?? "";
    expect(text).toMatch(
      new RegExp(`agentic_workloads_finished_total\\{[^}]*phase="${scenario.phase}"[^}]*fault="none"\\} 1\n`),
    );
    expect(text).toContain(`agentic_workflows_created_total ${scenario.workflows}\n`);
    expect(text).toContain("agentic_workflow_create_delay_seconds_count 1\n");
    expect(text).toMatch(/agentic_first_pod_seconds_count\{[^}]*\} 1\n/);
    const retries = /agentic_run_retries_total\{kind="StepFailed"\} (\d)/.exec(text)?.[1];
    expect(retries).toBe(scenario.failing === undefined ? "0" : String(scenario.failing));
  });
});

describe("whose fault an end is", () => {
  const finished = (reason: string, more: AgentWorkloadStatus = {}): AgentWorkloadStatus => ({
    conditions: [{ type: "Finished", status: "True", reason, message: "", lastTransitionTime: timeAt(0) }],
    ...more,
  });
  const failure = { kind: "StepFailed", attempt: 0 } as const;

  it.each([
    ["none", finished("Completed")],
    ["none", finished("Denied")],
    ["none", finished("WorkflowDeleted")],
    ["workload", finished("InvalidParameters")],
    ["workload", finished("WorkflowFailed", { failure, message: "step scrape: none of the 2 pages could be fetched" })],
    ["platform", finished("WorkflowFailed", { failure, message: "step analysis: the model gateway refused the key" })],
    ["platform", finished("WorkflowFailed", { failure, message: "step scrape: Postgres refused the password" })],
    ["platform", finished("OutOfMemory", { failure: { kind: "OutOfMemory", attempt: 0 } })],
    ["platform", finished("PendingTimeout")],
    ["platform", finished("DeadlineExceeded")],
  ])("is %s of %j", (fault, status) => expect(faultOf(status)).toBe(fault));

  it("is the workload's where its time was short from the start", () => {
    const status = finished("DeadlineExceeded");
    const tight = { type: "TimeSuffices", status: "False", reason: "x", message: "", lastTransitionTime: timeAt(0) };
    expect(faultOf({ conditions: [...(status.conditions ?? []), { ...tight, status: "False" }] })).toBe("workload");
  });
});

describe("a scrape", () => {
  const inPhase = (phase: "Pending" | "AwaitingApproval", condition?: [string, "Unknown" | "False"]) =>
    workload(
      {},
      {
        phase,
        conditions: condition
          ? [{ type: condition[0], status: condition[1], reason: "x", message: "", lastTransitionTime: timeAt(60) }]
          : [],
      },
    );

  it("finds the longest waits for the start and at the gate, of each tenant", () => {
    const population = populationOf(
      [
        workload(),
        inPhase("Pending", ["Accepted", "False"]),
        inPhase("AwaitingApproval", ["Approved", "Unknown"]),
        // Neither counts: the first waits for another workload, the second is suspended.
        inPhase("Pending", ["Accepted", "Unknown"]),
        { ...workload({ suspend: true }), metadata: { ...workload().metadata, namespace: "tenant-b" } },
      ],
      templates,
      START + 100_000,
    );
    expect([...population.pendingSeconds]).toEqual([["tenant-demo", 100]]);
    expect([...population.gateSeconds]).toEqual([["tenant-demo", 40]]);
  });

  it("counts workloads by phase, template and tenant, settled ones too, and all templates that don't exist as one", () => {
    const orchestration = { workflowTemplateRef: { name: "mine" } };
    const done: AgentWorkloadStatus = { phase: "Completed", observedGeneration: 1, completedAt: timeAt(10) };
    const subjects = [workload(), workload({ orchestration }), trimWorkload(workload({}, done))];
    expect(populationOf(subjects, templates, START).groups).toEqual([
      { labels: { phase: "Pending", template: "visual-analysis-template", tenant: "tenant-demo" }, count: 1 },
      { labels: { phase: "Pending", template: "other", tenant: "tenant-demo" }, count: 1 },
      { labels: { phase: "Completed", template: "visual-analysis-template", tenant: "tenant-demo" }, count: 1 },
    ]);
  });
});

describe("a template that exists", () => {
  it("has series that say 0 before its first workload, and keep what is counted after it", async () => {
    const metrics = quietMetrics({ population: () => populationOf([], templates, START) });
    const template = 'template="visual-analysis-template"';
    const counts = [
      `agentic_run_seconds_count{${template},phase="Completed"}`,
      `agentic_step_seconds_count{${template},step="scrape",outcome="succeeded"}`,
      `agentic_workloads_finished_total{tenant="tenant-demo",${template},phase="Completed",reason="Completed",fault="none"}`,
    ];
    // What a scrape sets may be read by the next one only.
    await metrics.registry.metrics();
    const before = await metrics.registry.metrics();
    for (const count of counts) expect(before).toContain(`${count} 0\n`);
    // No step: it has no pod.
    expect(before).not.toMatch(/step="(main|approval-gate)"/);
    observe(metrics, workload(), [scrape], ended("Succeeded"));
    await metrics.registry.metrics();
    const after = await metrics.registry.metrics();
    for (const count of counts) expect(after).toContain(`${count} 1\n`);
  });
});

describe("the number of time series", () => {
  it("tells only so many values of a label apart", () => {
    const values = new LabelValues(2);
    expect(["a", "b", "c", "a"].map((value) => values.of(value))).toEqual(["a", "b", "other", "a"]);
  });

  it("is the same after 5,000 workloads as after 500, whatever they name", async () => {
    const subjects: ReturnType<typeof trimWorkload>[] = [];
    const metrics = quietMetrics({
      population: () => populationOf(subjects, templates, START + 1e6),
    });
    const counts: number[] = [];
    for (let i = 0; i < 5000; i++) {
      const spec: Partial<AgentWorkloadSpec> = {
        jobId: `job-${i}`,
        ...(i % 2 ? { orchestration: { workflowTemplateRef: { name: `template-${i}` } } } : {}),
        ...(i % 3 ? { approval: { mode: "manual" } } : {}),
      };
      const subject = workload(spec);
      Object.assign(subject.metadata, { name: `w-${i}`, uid: `u-${i}`, namespace: `tenant-${i % 20}` });
      const step = { ...scrape, displayName: `scrape(${i}:https://example.com/${i})`, templateName: `step-${i % 7}` };
      const gate = decided(i % 5 ? "approve" : "deny", `${i % 5 ? "approved" : "denied"} by person-${i}: fine`);
      const failed = { ...step, phase: "Failed", message: `main: Error (exit code 1): page ${i} is away` };
      const [nodes, phase] = i % 11 ? [[step, gate], "Succeeded"] : [[failed], "Failed"];
      const status = observe(metrics, subject, nodes as Partial<WorkflowNode>[], ended(phase as string));
      subjects.push(trimWorkload({ ...subject, status }));
      if (i === 499 || i === 4999) counts.push((await metrics.registry.metrics()).split("\n").length);
    }
    const [few = 0, many = 0] = counts;
    expect(many).toBe(few);
    expect(many).toBeLessThan(1200);
  }, 60_000);
});

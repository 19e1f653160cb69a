// The spans of a workload: one trace from its creation to its end, with each run, each attempt of a step and each wait in it.
import { attemptSpanId, parseTraceparent, traceparentOf, workloadTrace } from "@agentic/api/trace.ts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkflowNode } from "../../../operator/argo.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { mergeParameters } from "../../../operator/decide/parameters.ts";
import { endingSpans } from "../../../operator/trace/job-spans.ts";
import { decided, observed, type RunOptions, run, START, TEMPLATE, TENANT, timeAt, workload } from "./observed.ts";

const second = (ms: number) => Math.round((ms - START) / 1000);

const result = (value: object) => ({
  outputs: { parameters: [{ name: "result", value: JSON.stringify({ artifacts: {}, ...value }) }] },
});

const scrape: Partial<WorkflowNode> = {
  displayName: "scrape(0)",
  templateName: "scrape",
  phase: "Succeeded",
  nodeFlag: { retried: true },
  startedAt: timeAt(5),
  finishedAt: timeAt(35),
  ...result({ startedAt: START + 7000 }),
};

const ended = (phase: string, more: RunOptions = {}): RunOptions => ({ phase, finishedAt: timeAt(100), ...more });

interface Scene {
  subject?: ReturnType<typeof workload>;
  tenant?: Record<string, string>;
}

/** The spans that are sent when the run of a workload with these nodes has ended. */
function spansOf(nodes: Partial<WorkflowNode>[], options: RunOptions, more: Scene = {}) {
  const { subject = workload(), tenant = TENANT } = more;
  const runs = [run(subject, nodes, options)];
  const { status } = decide(observed({ workload: subject, runs, now: START + 120_000 }));
  return endingSpans({ workload: subject, status, runs, tenant });
}

const shown = (spans: ReturnType<typeof endingSpans>) =>
  spans.map(({ name, start, end, error }) => `${name} ${second(start)}-${second(end)}${error ? ` ${error}` : ""}`);

describe("the trace of a workload", () => {
  it("has its steps and waits under one root", () => {
    const gate = { ...decided("approve", "approved by ann: fine"), startedAt: timeAt(40), finishedAt: timeAt(90) };
    const subject = workload({ approval: { mode: "manual" } });
    const spans = spansOf([scrape, gate], ended("Succeeded"), { subject });
    expect(shown(spans).sort()).toEqual(
      [
        "invoke_workflow visual-analysis-template 0-120",
        "wait for start 0-1",
        "run 0 1-100",
        "engine 1-5",
        "step scrape 5-35",
        "pod pending 5-7",
        "engine 35-40",
        "wait for approval 40-90",
        "engine 90-100",
      ].sort(),
    );
    const ids = new Map(spans.map((span) => [span.spanId, span]));
    expect(ids.size).toBe(spans.length);
    const roots = spans.filter(({ parentId }) => parentId === undefined || !ids.has(parentId));
    expect(roots.map(({ name }) => name)).toEqual(["invoke_workflow visual-analysis-template"]);
    for (const { attributes, traceId } of spans) {
      expect(traceId).toBe(spans[0]?.traceId);
      expect(attributes).toMatchObject({
        "agentic.job.id": "prices",
        "agentic.tenant": "tenant-demo",
        "agentic.template": "visual-analysis-template",
        "agentic.attempt": 0,
      });
    }
  });

  it("shows the engine's pause before a gate that is answered at once, and none after", () => {
    const gate = { ...decided("approve", "approved"), startedAt: timeAt(40), finishedAt: timeAt(40) };
    const synthesis = { ...scrape, displayName: "synthesis(0)", startedAt: timeAt(40), finishedAt: timeAt(100) };
    const engine = shown(spansOf([scrape, gate, synthesis], ended("Succeeded"))).filter((text) => /^engine/.test(text));
    expect(engine).toEqual(["engine 1-5", "engine 35-40"]);
  });

  it("shows the attempts of a step, the back-off between them, and that one follows another", () => {
    const lost: Partial<WorkflowNode> = {
      ...scrape,
      phase: "Failed",
      finishedAt: timeAt(10),
      outputs: { exitCode: "75" },
    };
    const again = { ...scrape, displayName: "scrape(1)", startedAt: timeAt(14), ...result({}) };
    const spans = spansOf([lost, again], ended("Succeeded"));
    expect(shown(spans)).toEqual(
      expect.arrayContaining(["step scrape 5-10 exit code 75", "back-off 10-14", "step scrape 14-35"]),
    );
    const [first, other] = spans.filter(({ name }) => name === "step scrape");
    expect(other?.follows).toEqual([first?.spanId]);
    expect([first, other].map((span) => span?.attributes["agentic.attempt"])).toEqual([0, 1]);
  });

  it("has the id that an agent computes from the name of its pod", () => {
    const [step] = spansOf([{ ...scrape, id: "prices-1a2b-3141592" }], ended("Succeeded")).filter(
      ({ name }) => name === "step scrape",
    );
    const uid = run(workload()).metadata.uid ?? "";
    expect(step?.spanId).toBe(attemptSpanId(uid, "prices-1a2b-scrape-3141592"));
  });

  it("is sent once, at the end", () => {
    const subject = workload();
    const runs = [run(subject, [scrape], ended("Succeeded"))];
    const { status } = decide(observed({ workload: subject, runs, now: START + 120_000 }));
    expect(endingSpans({ workload: { ...subject, status }, status, runs, tenant: TENANT })).toEqual([]);
    const running = decide(observed({ workload: subject, runs: [run(subject, [scrape])], now: START + 60_000 }));
    expect(endingSpans({ workload: subject, status: running.status, runs, tenant: TENANT })).toEqual([]);
  });

  it("is not sent where it isn't sampled, unless the workload has failed", () => {
    const tenant = { ...TENANT, traces_percent: "0" };
    expect(spansOf([scrape], ended("Succeeded"), { tenant })).toEqual([]);
    const failed = { ...scrape, phase: "Failed", message: "no such page" };
    const spans = shown(spansOf([failed], ended("Failed"), { tenant }));
    expect(spans).toContain("invoke_workflow visual-analysis-template 0-120 WorkflowFailed");
    expect(spans).toContain("run 0 1-100 StepFailed");
  });

  it("is sent where it isn't sampled but an attempt of a step has failed, whose own spans are parts of it", () => {
    const tenant = { ...TENANT, traces_percent: "0" };
    const lost = { ...scrape, phase: "Failed", finishedAt: timeAt(10), outputs: { exitCode: "75" } };
    const again = { ...scrape, displayName: "scrape(1)", startedAt: timeAt(14), ...result({}) };
    const spans = shown(spansOf([lost, again], ended("Succeeded"), { tenant }));
    expect(spans).toEqual(
      expect.arrayContaining(["invoke_workflow visual-analysis-template 0-120", "step scrape 5-10 exit code 75"]),
    );
  });

  it("is a part of the trace that the submission names", () => {
    const parent = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", isSampled: true };
    const subject = workload();
    subject.metadata.annotations = { "agentic.io/traceparent": traceparentOf(parent) };
    const spans = spansOf([scrape], ended("Succeeded"), { subject, tenant: { ...TENANT, traces_percent: "0" } });
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([parent.traceId]));
    expect(spans.at(-1)?.parentId).toBe(parent.spanId);
  });

  it("is passed on to the steps, where the template takes it", () => {
    const parameters = [...(TEMPLATE.spec.arguments?.parameters ?? []), { name: "traceparent", value: "" }];
    const merged = mergeParameters(workload(), { ...TEMPLATE, spec: { arguments: { parameters } } }, TENANT);
    const passed = merged.ok ? merged.parameters.find(({ name }) => name === "traceparent")?.value : "";
    const { traceId, spanId } = workloadTrace(workload(), 100);
    expect(parseTraceparent(passed)).toEqual({ traceId, spanId, isSampled: true });
  });
});

describe("a trace's context", () => {
  it.each(["", "00-0-0-01", `00-${"0".repeat(32)}-b7ad6b7169203331-01`, `ff-${"a".repeat(32)}-b7ad6b7169203331-01`])(
    "is none where it isn't valid: '%s'",
    (text) => expect(parseTraceparent(text)).toBeUndefined(),
  );

  it("is sampled in the proportion that the tenant asks for", () => {
    fc.assert(
      fc.property(fc.uuid(), (uid) => {
        const sampled = (percent: number) => workloadTrace({ metadata: { uid } }, percent).isSampled;
        expect([sampled(0), sampled(100)]).toEqual([false, true]);
        expect(sampled(30) && !sampled(60)).toBe(false);
      }),
    );
  });
});

// The gate in modes auto and manual, and what its answer gives.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { readVerdict } from "../../../operator/decide/gate.ts";
import type { Decision } from "../../../operator/decide/types.ts";
import { ANALYSIS, MANUAL } from "./gate-subjects.ts";
import { ALLOWED, condition, decided, gate, kinds, observed, run, timeAt, workload } from "./observed.ts";

function answered(annotations: Record<string, string>) {
  const subject = workload(MANUAL);
  subject.metadata.annotations = annotations;
  return subject;
}

const warnings = (decision: Decision) => decision.events.flatMap((e) => (e.type === "Warning" ? [e.reason] : []));

describe("the gate in mode auto", () => {
  const subject = workload({ approval: { policy: "permissive", threshold: "0.80" } });
  const waiting = observed({ workload: subject, runs: [run(subject, [gate(ANALYSIS)])] });

  it("asks the policy engine with the analysis's confidence and findings", () => {
    expect(decide(waiting).ask).toMatchObject({
      rule: "gate",
      input: { policy: "permissive", threshold: "0.80", ...ANALYSIS, workload: { jobId: "prices" } },
    });
  });

  it.each([
    ["nothing", undefined],
    ["no JSON", "{"],
    ["no object", "[1]"],
  ])("asks without a confidence when the analysis is %s", (_, value) => {
    const node = gate(null, { inputs: { parameters: value === undefined ? [] : [{ name: "analysis", value }] } });
    expect(decide(observed({ workload: subject, runs: [run(subject, [node])] })).ask?.input).toMatchObject({
      confidence: null,
      findings: null,
    });
  });

  it("decides its own node alone, in one patch with the resourceVersion", () => {
    const other = { id: "pause", displayName: "pause", type: "Suspend", templateName: "pause" };
    const decision = decide({
      ...waiting,
      runs: [run(subject, [other, gate(ANALYSIS)])],
      answers: { gate: { ok: true, allow: true, reasons: ["sure"] } },
    });
    expect(decision.actions).toEqual([
      {
        kind: "patch",
        why: "gate",
        decision: "approve",
        workflow: expect.any(String),
        patch: {
          metadata: { resourceVersion: "77" },
          status: {
            nodes: {
              gate: {
                phase: "Succeeded",
                message: "approved by opa: sure",
                finishedAt: timeAt(1),
                outputs: {
                  parameters: [
                    { name: "decision", value: "approve", valueFrom: { supplied: {}, default: "deny" } },
                    { name: "evidence", value: "{}", valueFrom: { supplied: {}, default: "" } },
                  ],
                },
              },
            },
          },
        },
      },
    ]);
  });

  it("is decided on what the steps before it have written: in its output, and in the status before and after", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const manifest = { uri: "s3://demo/j/manifests/u/scrape.json", digest, count: 1, bytes: 1 };
    const value = JSON.stringify({ artifacts: {}, manifest });
    const scrape = { displayName: "scrape", phase: "Succeeded", outputs: { parameters: [{ name: "result", value }] } };
    const runs = [run(subject, [scrape, gate(ANALYSIS)])];
    const [action] = decide({ ...waiting, runs, answers: { gate: ALLOWED } }).actions;
    const output = { name: "evidence", value: JSON.stringify({ scrape: digest }) };
    expect(JSON.stringify(action)).toContain(JSON.stringify(output).slice(1, -1));
    const unanswered = { ...waiting, runs, answers: { gate: { ok: false as const, error: "timeout" } } };
    expect(decide(unanswered).status.approval?.evidence).toEqual({ scrape: digest });
    const outputs = { parameters: [{ name: "decision", value: "approve" }, output] };
    const done = gate(ANALYSIS, { phase: "Succeeded", message: "approved by opa: sure", outputs });
    // What a step says later is not what was approved.
    const later = { ...scrape, outputs: { parameters: [{ name: "result", value: value.replaceAll("aaa", "bbb") }] } };
    const after = decide({ ...waiting, runs: [run(subject, [later, done])] });
    expect(after.status.approval).toMatchObject({ decision: "approve", evidence: { scrape: digest } });
  });

  it("denies with the policy's reasons", () => {
    const decision = decide({ ...waiting, answers: { gate: { ok: true, allow: false, reasons: ["too low"] } } });
    expect(JSON.stringify(decision.actions)).toContain('"value":"deny"');
    expect(JSON.stringify(decision.actions)).toContain("denied by opa: too low");
  });

  it("decides nothing while the policy engine doesn't answer", () => {
    const decision = decide({ ...waiting, answers: { gate: { ok: false, error: "timeout" } } });
    expect(decision).toMatchObject({ actions: [], backoff: true });
    expect(decision.status).toMatchObject({
      phase: "AwaitingApproval",
      argoPhase: "Suspended",
      approval: { decision: "pending", confidence: 0.97 },
    });
    expect(condition(decision, "PolicyAvailable")?.status).toBe("False");
  });

  it("takes no person's answer", () => {
    const annotated = {
      ...subject,
      metadata: {
        ...subject.metadata,
        annotations: { "agentic.io/approval": "approve", "agentic.io/approved-by": "ann" },
      },
    };
    expect(decide({ ...waiting, workload: annotated }).ask?.rule).toBe("gate");
  });

  it("leaves other suspended steps alone", () => {
    const other = { displayName: "pause", type: "Suspend", templateName: "pause" };
    const decision = decide(observed({ workload: subject, runs: [run(subject, [other])], answers: { gate: ALLOWED } }));
    expect(kinds(decision)).toEqual([]);
    expect(decision.status).toMatchObject({ phase: "Running", argoPhase: "Suspended", currentNode: "pause" });
  });
});

describe("the gate in mode manual", () => {
  const at_gate = (subject = workload(MANUAL)) =>
    observed({ workload: subject, runs: [run(subject, [gate(ANALYSIS)])] });

  it("waits for a person, and asks the policy what it would say", () => {
    const decision = decide(at_gate());
    expect(decision.ask).toMatchObject({ rule: "gate", input: { confidence: 0.97, policy: "strict" } });
    expect(decision.actions).toEqual([]);
    expect(decision.status).toMatchObject({
      phase: "AwaitingApproval",
      currentNode: "approval-gate",
      approval: { decision: "pending", confidence: 0.97 },
    });
    expect(condition(decision, "Approved")).toEqual({ status: "Unknown", reason: "AwaitingApproval" });
  });

  it("keeps what the policy would say for the person, and asks it anew where the evidence is another", () => {
    const subject = at_gate();
    const gate = { ok: true as const, allow: false, reasons: ["weak"] };
    const told = decide({ ...subject, answers: { gate } });
    expect([told.ask, told.actions]).toEqual([undefined, []]);
    expect(told.status.approval).toMatchObject({ decision: "pending", policy: { allow: false, reasons: ["weak"] } });
    const later = (status: AgentWorkload["status"] & object) =>
      decide({ ...subject, workload: { ...subject.workload, status } });
    const again = later(told.status);
    expect([again.ask, again.status.approval]).toEqual([undefined, told.status.approval]);
    const other = { ...told.status, approval: { ...told.status.approval, evidence: { analysis: "sha256:other" } } };
    expect(later(other)).toMatchObject({ ask: { rule: "gate" }, status: { approval: { decision: "pending" } } });
    expect(later(other).status.approval?.policy).toBeUndefined();
  });

  it("waits for the person alone where the policy engine is away, and not for its opinion where they have answered", () => {
    const away = decide({ ...at_gate(), answers: { gate: { ok: false, error: "down" } } });
    expect([away.ask, away.status.approval?.policy, away.status.phase]).toEqual([
      undefined,
      undefined,
      "AwaitingApproval",
    ]);
    const yes = answered({ "agentic.io/approval": "approve", "agentic.io/approved-by": "ann" });
    const decision = decide(at_gate(yes));
    expect([decision.ask, kinds(decision)]).toEqual([undefined, ["patch:gate"]]);
  });

  it("takes the person's answer with name and reason", () => {
    const subject = answered({
      "agentic.io/approval": "deny",
      "agentic.io/approved-by": "system:serviceaccount:ops:bot",
      "agentic.io/approval-reason": "wrong: site",
    });
    const [action] = decide(at_gate(subject)).actions;
    expect(action).toMatchObject({
      patch: { status: { nodes: { gate: { message: "denied by system:serviceaccount:ops:bot: wrong: site" } } } },
    });
  });

  it.each([
    ["an unknown word", { "agentic.io/approval": "yes", "agentic.io/approved-by": "ann" }],
    ["no name", { "agentic.io/approval": "approve" }],
  ])("takes off an answer with %s", (_, annotations) => {
    const decision = decide(at_gate(answered(annotations)));
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.events.map(({ reason }) => reason)).toContain("InvalidApproval");
  });

  it("takes the answer off once the gate is decided", () => {
    const subject = answered({ "agentic.io/approval": "approve", "agentic.io/approved-by": "ann" });
    const decision = decide(
      observed({
        workload: subject,
        runs: [run(subject, [decided("approve", "approved by ann: ok"), { displayName: "synthesis" }])],
      }),
    );
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.status).toMatchObject({
      phase: "Running",
      approval: { decision: "approve", by: "ann", reason: "ok", at: timeAt(90) },
    });
  });

  it("waits while the workload is suspended", () => {
    const subject = { ...answered({ "agentic.io/approval": "approve", "agentic.io/approved-by": "ann" }) };
    subject.spec = { ...subject.spec, suspend: true };
    const runs = [run(subject, [gate(ANALYSIS)], { spec: { suspend: true } })];
    expect(kinds(decide(observed({ workload: subject, runs })))).toEqual([]);
  });
});

describe("a gate that is done", () => {
  it("ends the workload as Denied when the answer was no, however the Workflow ended", () => {
    const subject = workload();
    for (const phase of ["Succeeded", "Failed"]) {
      const decision = decide(
        observed({ workload: subject, runs: [run(subject, [decided("deny", "denied by opa: weak")], { phase })] }),
      );
      expect(decision.status).toMatchObject({
        phase: "Denied",
        message: "denied by opa: weak",
        approval: { decision: "deny", by: "opa" },
      });
      expect(condition(decision, "Finished")).toEqual({ status: "True", reason: "Denied" });
    }
  });

  it("says that nobody answered in time, once", () => {
    const subject = workload({ approval: { timeout: "7m" } });
    const decision = decide(
      observed({ workload: subject, runs: [run(subject, [decided("deny")], { phase: "Succeeded" })] }),
    );
    expect(decision.status).toMatchObject({
      phase: "Denied",
      approval: { by: "timeout" },
      message: "nobody answered within 7m (approval.timeout), and unanswered means denied",
    });
    expect(condition(decision, "Approved")).toEqual({ status: "False", reason: "ApprovalTimeout" });
    expect(warnings(decision)).toEqual(["ApprovalTimeout"]);
  });

  it("tells a denial in one event, whether it is seen at the gate or at the end", () => {
    const subject = workload();
    const denied = decided("deny", "denied by opa: weak");
    const atGate = decide(observed({ workload: subject, runs: [run(subject, [denied])] }));
    const ended = run(subject, [denied], { phase: "Succeeded" });
    const later = decide(observed({ workload: { ...subject, status: atGate.status }, runs: [ended] }));
    expect([...warnings(atGate), ...warnings(later)]).toEqual(["Denied"]);
    expect(warnings(decide(observed({ workload: subject, runs: [ended] })))).toEqual(["Denied"]);
  });

  it.each([
    ["Stopped with strategy 'Terminate'", "Failed"],
    ["Step exceeded its deadline", "Failed"],
    ["no output", "Error"],
  ])("is no answer where it ended by %s", (message, phase) => {
    const subject = workload();
    const unanswered = gate({ confidence: 0.9 }, { phase, message, finishedAt: timeAt(90) });
    const decision = decide(observed({ workload: subject, runs: [run(subject, [unanswered])] }));
    expect(decision.status.approval).toEqual({
      confidence: 0.9,
      reason: `the run ended before anybody answered: ${message}`,
      at: timeAt(90),
    });
    expect(condition(decision, "Approved")).toEqual({ status: "False", reason: "NotAnswered" });
    expect(warnings(decision)).toEqual([]);
  });

  it.each([
    [
      "a person's approval",
      decided("approve", "approved by ann: fine"),
      { decision: "approve", by: "ann", reason: "fine" },
    ],
    [
      "a message that contradicts the output",
      decided("deny", "approved by ann: fine"),
      { decision: "deny", by: "timeout" },
    ],
    ["an approval written into the Workflow by hand", decided("approve"), { decision: "approve", by: "workflow" }],
  ])("reads %s from its node", (_, node, verdict) => {
    const subject = workload();
    const [read] = Object.values(run(subject, [node]).status?.nodes ?? {});
    if (!read) throw new Error("no node");
    expect(readVerdict(read)).toMatchObject(verdict);
  });
});

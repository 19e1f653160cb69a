// What is asked back at a gate: recorded with the replies, said in the workload's message, and kept through whatever comes after.
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { ANALYSIS, MANUAL } from "./gate-subjects.ts";
import { decided, gate, kinds, observed, run, TENANT, timeAt, workload } from "./observed.ts";

const asked = { question: "with tax?", by: "ann", at: timeAt(70) };
const replied = { ...asked, reply: "yes", repliedBy: "sam", repliedAt: timeAt(80) };
const ask = (question: string, by = "ann") => ({
  "agentic.io/approval": "ask",
  "agentic.io/approved-by": by,
  "agentic.io/approval-reason": question,
});
const reply = (text: string) => ({ "agentic.io/reply": text, "agentic.io/replied-by": "sam" });

/** At a gate that has these annotations and questions. */
function atGate(
  annotations: Record<string, string>,
  questions: object[] = [],
  node = gate(ANALYSIS),
  notify?: AgentWorkloadSpec["notify"],
) {
  const subject = workload({ ...MANUAL, ...(notify ? { notify } : {}) });
  subject.metadata.annotations = annotations;
  const runs = [run(subject, [node])];
  const { status } = decide(
    observed({ workload: { ...subject, metadata: { ...subject.metadata, annotations: {} } }, runs }),
  );
  subject.status = {
    ...status,
    approval: { ...status.approval, ...(questions.length > 0 ? { questions: questions as [typeof asked] } : {}) },
  };
  return decide(observed({ workload: subject, runs, tenant: TENANT }));
}

describe("a question at the gate", () => {
  it("is recorded, and the gate waits on, saying who waits for what", () => {
    const { status, actions, events } = atGate(ask(" with tax?\u0007 "));
    expect(actions).toEqual([{ kind: "clearApproval" }]);
    expect(status.phase).toBe("AwaitingApproval");
    expect(status.approval).toMatchObject({ decision: "pending", questions: [{ ...asked, at: timeAt(1) }] });
    expect(status.message).toContain("; ann asks: with tax? (a reply is set by agentic.io/reply)");
    expect(events).toContainEqual({ type: "Normal", reason: "AskedBack", message: "ann asks: with tax?" });
  });

  it("is told to whoever is told of the gate, each of its own", () => {
    const hooks = [
      { url: "https://hooks.example.com/gates", events: ["AwaitingApproval" as const] },
      { url: "https://hooks.example.com/ends" },
    ];
    const told = (questions: object[]) =>
      atGate(ask("and without?"), questions, gate(ANALYSIS), hooks).status.notifications?.map(({ event }) => event);
    expect(told([])).toEqual(["AwaitingApproval", "Asked1"]);
    expect(told([replied])).toEqual(["AwaitingApproval", "Asked2"]);
    expect(atGate({}, [asked], gate(ANALYSIS), hooks).status.notifications).toHaveLength(1);
  });

  it("is recorded once where its annotations could not be taken off", () => {
    const decision = atGate(ask("with tax?"), [asked]);
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.status.approval?.questions).toEqual([asked]);
    expect(decision.events).toEqual([]);
  });

  it("is another one where another person asks the same, or the same one asks again after a reply", () => {
    expect(atGate(ask("with tax?", "bob"), [asked]).status.approval?.questions).toHaveLength(2);
    expect(atGate(ask("with tax?"), [replied]).status.approval?.questions).toHaveLength(2);
  });

  it.each([
    ["nothing", ask("\u0000 ")],
    ["nobody's", ask("with tax?", "")],
  ])("that is %s is none, and says so", (_, annotations) => {
    const decision = atGate(annotations);
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.status.approval?.questions).toBeUndefined();
    expect(decision.events).toMatchObject([{ type: "Warning", reason: "InvalidApproval" }]);
  });

  it("is no longer than a reason", () => {
    expect(atGate(ask("x".repeat(2000))).status.approval?.questions?.[0]?.question).toHaveLength(512);
  });
});

describe("a reply", () => {
  it("is to every open question, and to none that has one", () => {
    const second = { ...asked, by: "bob" };
    const { status, actions } = atGate(reply("without"), [replied, asked, second]);
    expect(actions).toEqual([{ kind: "clearApproval" }]);
    const now = { reply: "without", repliedBy: "sam", repliedAt: timeAt(1) };
    expect(status.approval?.questions).toEqual([replied, { ...asked, ...now }, { ...second, ...now }]);
    expect(status.message).not.toContain("asks");
  });

  it("to nothing is taken off", () => {
    const decision = atGate(reply("yes"), [replied]);
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.status.approval?.questions).toEqual([replied]);
  });
});

it("an answer comes through while a question is open, and the question stays on record", () => {
  const approve = { ...ask("fine"), "agentic.io/approval": "approve" };
  expect(JSON.stringify(atGate(approve, [asked]).actions)).toContain("approved by ann: fine");
  const done = atGate(reply("late"), [asked], decided("approve", "approved by ann: fine"));
  expect(done.status.approval).toMatchObject({ decision: "approve", questions: [asked] });
  expect(kinds(done)).toContain("clearApproval");
});

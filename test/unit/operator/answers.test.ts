// People's answers at a gate: counted by name, recorded one by one, and kept through whatever comes after.
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { ANALYSIS, MANUAL } from "./gate-subjects.ts";
import { decided, gate, kinds, observed, run, TENANT, timeAt, workload } from "./observed.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const RULES = { ...TENANT, quorum: "2" };
const step = {
  displayName: "scrape",
  phase: "Succeeded",
  outputs: {
    parameters: [
      {
        name: "result",
        value: JSON.stringify({
          artifacts: {},
          manifest: { uri: "s3://demo/j/m.json", digest: DIGEST, count: 1, bytes: 1 },
        }),
      },
    ],
  },
};
const given = (by: string, decision = "approve") => ({
  decision: decision as "approve" | "deny",
  by,
  reason: "ok",
  at: timeAt(70),
});

/** At a gate of a tenant with these rules, with the answers that the status has, and the one of the annotations. */
function atGate({
  by,
  decision = "approve",
  answers = [],
  rules = RULES,
  submitter,
  node = gate(ANALYSIS),
}: {
  by?: string;
  decision?: string;
  answers?: ReturnType<typeof given>[];
  rules?: Record<string, string>;
  submitter?: string;
  node?: ReturnType<typeof gate>;
}) {
  const subject = workload(MANUAL);
  subject.metadata.annotations = {
    ...(submitter ? { "agentic.io/submitted-by": submitter } : {}),
    ...(by
      ? {
          "agentic.io/approval": decision,
          "agentic.io/approved-by": by,
          "agentic.io/approval-reason": `${by}'s reason`,
        }
      : {}),
  };
  const runs = [run(subject, [step, node], { tenant: rules })];
  const { status } = decide(observed({ workload: subject, runs, tenant: rules }));
  const { answers: _, ...approval } = status.approval ?? {};
  subject.status = { ...status, approval: { ...approval, ...(answers.length > 0 ? { answers } : {}) } };
  return observed({ workload: subject, runs, tenant: rules });
}

describe("a gate for which several people must approve", () => {
  it("says how many it waits for", () => {
    const { status, actions } = decide(atGate({}));
    expect(actions).toEqual([]);
    expect(status.approval).toMatchObject({ decision: "pending", required: 2 });
    expect(status.message).toContain("waits for 2 different people to set agentic.io/approval, 0 of them so far");
  });

  it("records the first with name, time, reason and what was there to judge, and waits on", () => {
    const decision = decide(atGate({ by: "ann" }));
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.status).toMatchObject({
      phase: "AwaitingApproval",
      approval: { decision: "pending", required: 2 },
    });
    expect(decision.status.approval?.answers).toEqual([
      { decision: "approve", by: "ann", at: timeAt(1), reason: "ann's reason", evidence: { scrape: DIGEST } },
    ]);
    expect(decision.status.message).toContain("1 of them so far, approved by ann");
    expect(decision.events).toContainEqual({
      type: "Normal",
      reason: "ApprovalRecorded",
      message: "ann approves: ann's reason",
    });
  });

  it("counts nobody twice, however often they answer", () => {
    const decision = decide(atGate({ by: "ann", answers: [given("ann")] }));
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.status.approval?.answers).toEqual([given("ann")]);
    expect(decision.events).toEqual([]);
  });

  it("opens with the last of them", () => {
    const decision = decide(atGate({ by: "bob", answers: [given("ann")] }));
    expect(kinds(decision)).toEqual(["patch:gate", "clearApproval"].slice(0, 1));
    expect(JSON.stringify(decision.actions)).toContain("approved by bob: bob's reason");
  });

  it("is denied by one, after others have approved", () => {
    const decision = decide(atGate({ by: "bob", decision: "deny", answers: [given("ann")] }));
    expect(JSON.stringify(decision.actions)).toContain("denied by bob: bob's reason");
  });

  it("is denied by one who has approved before", () => {
    const decision = decide(atGate({ by: "ann", decision: "deny", answers: [given("ann")] }));
    expect(JSON.stringify(decision.actions)).toContain("denied by ann");
  });

  it.each([
    ["approve", "approved by bob: fine", ["ann", "bob"]],
    ["deny", "denied by bob: fine", ["ann", "bob"]],
    ["deny", undefined, ["ann"]],
  ] as const)("that is done (%s, %s) keeps every answer, and adds none twice", (answer, message, names) => {
    const first = decide(atGate({ answers: [given("ann")], node: decided(answer, message) }));
    expect(first.status.approval?.answers?.map(({ by }) => by)).toEqual(names);
    const subject = workload(MANUAL);
    subject.status = first.status;
    const runs = [run(subject, [step, decided(answer, message)], { tenant: RULES })];
    expect(decide(observed({ workload: subject, runs, tenant: RULES })).status.approval).toEqual(first.status.approval);
  });

  it("keeps its answers where the run ends before enough have approved", () => {
    const input = atGate({ answers: [given("ann")] });
    const stopped = { phase: "Failed", message: "Stopped with strategy 'Terminate'", tenant: RULES };
    const ended = gate(ANALYSIS, { phase: "Failed", message: "stopped" });
    const decision = decide({ ...input, runs: [run(input.workload, [step, ended], stopped)] });
    expect(decision.status.approval).toMatchObject({ answers: [given("ann")], required: 2 });
    expect(decision.status.approval?.decision).toBeUndefined();
  });

  it("is denied where the rule isn't the one that the run was started with", () => {
    for (const rules of [TENANT, { ...RULES, quorum: "1" }, { ...RULES, four_eyes: "true" }]) {
      const input = { ...atGate({ by: "bob", answers: [given("ann")] }), tenant: rules };
      expect(JSON.stringify(decide(input).actions)).toMatch(
        /denied by operator: changed after the run's start: the tenant's/,
      );
    }
  });

  it("opens for nobody where the number isn't one", () => {
    const rules = { ...TENANT, quorum: "many" };
    expect(kinds(decide(atGate({ by: "bob", answers: [given("ann")], rules })))).toEqual(["clearApproval"]);
  });
});

describe("a gate whose template has approvers", () => {
  it("records the groups of which one was the person's", () => {
    const rules = { ...RULES, "approvers.visual-analysis-template": "legal\nreviewers" };
    expect(decide(atGate({ by: "ann", rules })).status.approval?.answers).toMatchObject([
      { by: "ann", groups: ["legal", "reviewers"] },
    ]);
  });

  it("goes on while those of another template change", () => {
    const input = {
      ...atGate({ by: "bob", answers: [given("ann")] }),
      tenant: { ...RULES, "approvers.other": "legal" },
    };
    expect(JSON.stringify(decide(input).actions)).toContain("approved by bob");
  });
});

describe("a gate with four eyes", () => {
  const rules = { ...TENANT, four_eyes: "true" };

  it.each([
    ["who has submitted the workload", { by: "ann", submitter: "ann" }],
    ["anybody, where nobody says who has submitted it", { by: "bob" }],
  ])("takes no approval of %s, though admission let it pass", (_, who) => {
    const decision = decide(atGate({ ...who, rules }));
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.events.map(({ reason }) => reason)).toEqual(["InvalidApproval"]);
  });

  it("takes another person's, and the submitter's denial", () => {
    expect(JSON.stringify(decide(atGate({ by: "bob", submitter: "ann", rules })).actions)).toContain("approved by bob");
    const denied = decide(atGate({ by: "ann", decision: "deny", submitter: "ann", rules }));
    expect(JSON.stringify(denied.actions)).toContain("denied by ann");
  });
});

// Budgets of workloads: the claim of a run, the warning, and what becomes of a run that is out of budget.
import { createHmac } from "node:crypto";
import type { AgentWorkload, AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { describe, expect, test } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import type { Observed, Spent } from "../../../operator/decide/types.ts";
import {
  ALLOWED,
  condition,
  kinds,
  observed,
  run,
  START,
  settledDecision,
  TEMPLATE,
  timeAt,
  workload,
} from "./observed.ts";

const budgets = { claimKey: "key", whenUsed: "ask" } as const;
const template = {
  ...TEMPLATE,
  spec: {
    arguments: { parameters: [...(TEMPLATE.spec.arguments?.parameters ?? []), { name: "budget_claim", value: "" }] },
  },
};
const budget = { amount: "0.45", calls: 10 };

function startOf(spec: Partial<AgentWorkloadSpec>, more: Partial<Observed> = {}) {
  const decision = decide(
    observed({ workload: workload(spec), template, budgets, answers: { start: ALLOWED }, ...more }),
  );
  const [create] = decision.actions;
  const made = create?.kind === "create" ? create.workflow : undefined;
  return {
    decision,
    claim: made?.spec.arguments?.parameters?.find(({ name }) => name === "budget_claim")?.value,
    made,
  };
}

describe("a run's start", () => {
  test("has a claim for its workload with its budget, which the operator's key has signed", () => {
    const { claim = "", made } = startOf({ budget });
    const [body = "", signature] = claim.split(".");
    expect(signature).toBe(createHmac("sha256", "key").update(body).digest("base64url"));
    const { namespace, uid } = workload().metadata;
    expect(JSON.parse(Buffer.from(body, "base64url").toString())).toEqual({
      namespace,
      uid,
      amount: "450000000",
      calls: 10,
    });
    expect(made?.metadata.annotations?.[ANNOTATIONS.budget]).toBe(JSON.stringify(budget));
  });

  test("has one without limits where the workload has no budget, and none where the platform holds none", () => {
    const [body = ""] = startOf({}).claim?.split(".") ?? [];
    expect(Object.keys(JSON.parse(Buffer.from(body, "base64url").toString()))).toEqual(["namespace", "uid"]);
    expect(startOf({}, { budgets: undefined }).claim).toBeUndefined();
  });

  test.each([
    ["the platform holds no budgets", { budgets: undefined }],
    ["declares no such parameter", { template: TEMPLATE }],
  ])("is refused where %s", (reason, more) => {
    const { decision } = startOf({ budget }, more);
    expect(decision.status).toMatchObject({ phase: "Failed" });
    expect(decision.status.message).toMatch(/spec\.budget/);
    expect(condition(decision, "Accepted")?.reason, reason).toBe("InvalidParameters");
  });

  test("can't be given another claim by the workload, and shows none to policies", () => {
    expect(startOf({ parameters: { budget_claim: "mine" } }).decision.status.message).toContain(
      "is set by the platform",
    );
    const { ask } = decide(observed({ workload: workload({}), template, budgets }));
    expect(ask?.input.parameters).not.toHaveProperty("budget_claim");
  });
});

describe("while it runs", () => {
  const said = (calls: number) => ({
    parameters: [
      {
        name: "result",
        value: JSON.stringify({ artifacts: {}, usage: { models: { default: { calls, input: 0, output: 100 } } } }),
      },
    ],
  });
  const prices = {
    ...{ table: "t", currency: "USD", asOf: "2026-11", source: "", cpuHour: "0", memoryGiBHour: "0" },
    ...{ storageGiBMonth: "0", browserMinute: "0", retentionDays: 1 },
    models: { default: { input: "0", output: "1000" } },
  };
  const afterCalls = (calls: number, budget: AgentWorkloadSpec["budget"]) => {
    const subject = workload({ budget });
    const pod = { displayName: "analysis", templateName: "analysis", phase: "Succeeded", startedAt: timeAt(2) };
    const runs = [
      run(subject, [{ ...pod, finishedAt: timeAt(3), outputs: said(calls) }, { displayName: "synthesis" }]),
    ];
    return settledDecision(observed({ workload: subject, runs, prices, budgets }));
  };

  test("a workload is told once that most of its budget is used", () => {
    const { first, second } = afterCalls(8, { calls: 10 });
    expect(condition(first, "WithinBudget")).toEqual({ status: "True", reason: "NearlyUsed" });
    expect(first.events).toContainEqual({
      type: "Warning",
      reason: "BudgetNearlyUsed",
      message: expect.stringContaining("80 % of calls"),
    });
    expect(second.events).toEqual([]);
  });

  test.each([
    [7, { calls: 10 }, "Enough"],
    [1, { amount: "0.125" }, "NearlyUsed"],
    [1, { amount: "0.126" }, "Enough"],
    [1, { tokens: 125 }, "NearlyUsed"],
  ])("%d calls are of %j: %s", (calls, budget, reason) => {
    expect(condition(afterCalls(calls, budget).first, "WithinBudget")?.reason).toBe(reason);
  });
});

describe("while a step runs that has reported nothing yet", () => {
  const looking = (spent?: Spent) => {
    const subject = workload({ budget: { calls: 10, tokens: 1000, amount: "1" } });
    const runs = [run(subject, [{ displayName: "analysis", startedAt: timeAt(2) }])];
    return decide(observed({ workload: subject, runs, budgets, keepsRecords: true, spent }));
  };

  test.each([
    ["80 % of calls", { calls: 8, tokens: 0, amount: 0n }],
    ["99 % of tokens", { calls: 1, tokens: 990, amount: 0n }],
    ["85 % of amount", { calls: 1, tokens: 0, amount: 850_000_000n }],
  ])("the gateway's account warns of its budget: %s", (message, spent) => {
    const decision = looking(spent);
    expect(condition(decision, "WithinBudget")?.reason).toBe("NearlyUsed");
    expect(decision.events).toContainEqual(
      expect.objectContaining({ reason: "BudgetNearlyUsed", message: expect.stringContaining(message) }),
    );
  });

  test("it is looked into every fifteen seconds", () => {
    const decision = looking();
    expect(condition(decision, "WithinBudget")?.reason).toBe("Enough");
    expect(decision.wakeAt).toBe(START + 16_000);
  });
});

describe("a run that is out of budget", () => {
  const lastWords = "budget exhausted: this workload (spec.budget) may spend 10 (calls); 10 is spent";
  const failedRun = (subject: AgentWorkload) =>
    run(
      subject,
      [{ displayName: "analysis", phase: "Failed", message: `${lastWords} (exit code 1)`, startedAt: timeAt(2) }],
      {
        phase: "Failed",
        finishedAt: timeAt(10),
      },
    );
  const outOf = (
    subject: AgentWorkload,
    {
      status,
      now = 20,
      rules = budgets,
      before = subject,
    }: {
      status?: AgentWorkloadStatus;
      now?: number;
      rules?: Observed["budgets"];
      before?: AgentWorkload;
    } = {},
  ) =>
    observed({
      workload: status ? { ...subject, status } : subject,
      runs: [failedRun(before)],
      template,
      budgets: rules,
      answers: { start: ALLOWED },
      now: START + now * 1000,
    });
  const subject = workload({ budget });
  const waiting = () => settledDecision(outOf(subject)).second.status;

  test("waits for a person, who hears why and until when", () => {
    const { first, second } = settledDecision(outOf(subject));
    expect(first.status).toMatchObject({ phase: "AwaitingApproval", failure: { kind: "BudgetExhausted", attempt: 0 } });
    expect(first.status.message).toContain("raise spec.budget or set agentic.io/approval");
    expect(condition(first, "WithinBudget")).toEqual({ status: "False", reason: "BudgetExhausted" });
    expect(first.events.map(({ reason }) => reason)).toContain("BudgetExhausted");
    expect(second.actions).toEqual([]);
    expect(second.wakeAt).toBe(START + 20_000 + 1_800_000);
  });

  test("goes on from its checkpoints once its budget is raised, with a claim of the new one", () => {
    const raised = workload({ budget: { ...budget, calls: 20 } });
    const decision = decide(outOf(raised, { status: waiting(), before: subject }));
    expect(kinds(decision)).toContain("create");
    const created = decision.actions.find((action) => action.kind === "create");
    expect(created?.kind === "create" && created.workflow.metadata.labels?.["agentic.io/attempt"]).toBe("1");
    expect(condition(decision, "WithinBudget")).toEqual({ status: "True", reason: "Raised" });
  });

  test("doesn't ask again while the next run waits for its template, and fails after timeouts.pending", () => {
    const raised = workload({ budget: { ...budget, calls: 20 } });
    const now = { ...outOf(raised, { status: waiting(), before: subject }), template: undefined };
    const { first, second } = settledDecision(now);
    expect([first, second].map(({ status }) => status.phase)).toEqual(["Pending", "Pending"]);
    expect(condition(second, "WithinBudget")?.reason).toBe("Raised");
    const late = decide({ ...now, workload: { ...raised, status: second.status }, now: START + 400_000 });
    expect(condition(late, "Finished")?.reason).toBe("PendingTimeout");
  });

  test("doesn't go on where the budget is another one, but no larger", () => {
    const lowered = workload({ budget: { amount: "0.40", calls: 10 } });
    const decision = decide(outOf(lowered, { status: waiting(), before: subject }));
    expect(kinds(decision)).toEqual([]);
  });

  const answered = (answer: string) => ({
    ...subject,
    metadata: {
      ...subject.metadata,
      annotations: {
        [ANNOTATIONS.approval]: answer,
        [ANNOTATIONS.approvedBy]: "ann",
        [ANNOTATIONS.approvalReason]: "no",
      },
    },
  });

  test("tries again where a person approves, such as after the tenant's budget was raised", () => {
    const decision = decide(outOf(answered("approve"), { status: waiting() }));
    expect(kinds(decision)).toEqual(["clearApproval", "create"]);
  });

  test("ends where a person denies", () => {
    const decision = decide(outOf(answered("deny"), { status: waiting() }));
    expect(decision.status).toMatchObject({ phase: "Denied" });
    expect(decision.status.message).toContain("no more budget, says ann");
  });

  test("ends where nobody answers in time", () => {
    const decision = decide(outOf(subject, { status: waiting(), now: 1821 }));
    expect(decision.status).toMatchObject({ phase: "Failed" });
    expect(condition(decision, "Finished")?.reason).toBe("BudgetExhausted");
  });

  test("fails at once where the stack's config refuses", () => {
    const decision = decide(outOf(subject, { rules: { ...budgets, whenUsed: "refuse" } }));
    expect(condition(decision, "Finished")?.reason).toBe("BudgetExhausted");
    expect(decision.status.message).toContain(lastWords);
  });
});

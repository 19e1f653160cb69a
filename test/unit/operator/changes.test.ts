// Approving with changes: what is taken, by whose approval, what is refused and why, and what later steps get.
import { describe, expect, it } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { ANALYSIS, MANUAL } from "./gate-subjects.ts";
import { condition, decided, gate, kinds, observed, run, TENANT, timeAt, workload } from "./observed.ts";

const DECLARED = {
  title: { type: ["string"], maxLength: 20 },
  tone: { type: ["string"], enum: ["plain", "formal"] },
  pages: { type: ["number"] },
};
const inputs = (declared: unknown = DECLARED) => ({
  parameters: [
    { name: "analysis", value: JSON.stringify(ANALYSIS) },
    { name: "changeable", value: typeof declared === "string" ? declared : JSON.stringify(declared) },
  ],
});

interface Said {
  changes?: Record<string, string>;
  decision?: string;
  by?: string;
  rules?: Record<string, string>;
  declared?: unknown;
  /** Of the status. */
  approval?: object;
}

/** What becomes of an answer of these annotations. */
function answered({ changes = {}, decision = "approve", by = "ann", rules = TENANT, declared, approval }: Said) {
  const subject = workload(MANUAL);
  const changed = Object.entries(changes).map(([name, value]) => [`change.agentic.io/${name}`, value]);
  const annotations: Record<string, string> = {
    "agentic.io/approval": decision,
    "agentic.io/approved-by": by,
    ...Object.fromEntries(changed),
  };
  const runs = [run(subject, [gate(ANALYSIS, { inputs: inputs(declared) })], { tenant: rules })];
  // The status that the gate has had before the answer.
  const { status } = decide(observed({ workload: subject, runs, tenant: rules }));
  subject.status = { ...status, approval: { ...status.approval, ...approval } };
  subject.metadata.annotations = annotations;
  return decide(observed({ workload: subject, runs, tenant: rules }));
}

/** The gate's outputs in the patch that decides it, by name. */
function outputsOf({ actions }: ReturnType<typeof decide>): Record<string, string> {
  const [action] = actions;
  const patch = action?.kind === "patch" ? (action.patch as { status: { nodes: Record<string, unknown> } }) : undefined;
  const { gate: node } = (patch?.status.nodes ?? {}) as {
    gate?: { outputs: { parameters: { name: string; value: string }[] } };
  };
  return Object.fromEntries(node?.outputs.parameters.map(({ name, value }) => [name, value]) ?? []);
}

describe("a gate whose template declares what may be changed", () => {
  it("says so while a person is waited for, and not where the policy decides", () => {
    const waits = (spec: Parameters<typeof workload>[0]) => {
      const subject = workload(spec);
      return decide(observed({ workload: subject, runs: [run(subject, [gate(ANALYSIS, { inputs: inputs() })])] }));
    };
    expect(waits(MANUAL).status.approval?.changeable).toEqual(DECLARED);
    expect(waits({}).status.approval?.changeable).toBeUndefined();
  });

  it("hands what is changed to later steps, as the approval has it", () => {
    const changes = { title: "Kettles", tone: "formal", pages: "3" };
    expect(outputsOf(answered({ changes }))).toMatchObject({ decision: "approve", changes: JSON.stringify(changes) });
  });

  it("hands on that nothing is changed, with an approval alone and with a denial", () => {
    expect(outputsOf(answered({}))).toMatchObject({ decision: "approve", changes: "{}" });
    const denied = answered({ decision: "deny", changes: { title: "Kettles" } });
    expect(outputsOf(denied)).toMatchObject({ decision: "deny", changes: "{}" });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      "a name that isn't declared",
      { model: "big" },
      "change.agentic.io/model: can't be changed at this gate: it has title, tone, pages",
    ],
    [
      "a text that is too long",
      { title: "x".repeat(21) },
      "change.agentic.io/title: must not have more than 20 characters",
    ],
    ["a text that isn't one of those", { tone: "loud" }, "change.agentic.io/tone: must be one of plain, formal"],
    ["a text for a number", { pages: "many" }, "change.agentic.io/pages: must be of type number, as JSON"],
    ["nothing", { title: " " }, "change.agentic.io/title: must not be empty: leave it out to keep what is there"],
    ["the engine's tags", { title: "{{inputs}}" }, "change.agentic.io/title: must not contain '{{'"],
    ["the kubelet's variables", { title: "$(PATH)" }, "change.agentic.io/title: must not contain '$('"],
  ])("refuses %s, says what is right, and waits on as if nothing was written", (_, changes, words) => {
    const decision = answered({ changes: { tone: "plain", ...changes } });
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(condition(decision, "ChangesAccepted")).toEqual({ status: "False", reason: "ChangesRefused" });
    const message = decision.status.conditions?.find(({ type }) => type === "ChangesAccepted")?.message;
    expect(message).toContain(`the approval of ann is not taken, and nothing is changed: ${words}`);
    expect(decision.events).toEqual([{ type: "Warning", reason: "ChangesRefused", message }]);
    expect(decision.status).toMatchObject({ phase: "AwaitingApproval", approval: { decision: "pending" } });
    expect(decision.status.approval).not.toHaveProperty("answers");
    expect(decision.status.approval).not.toHaveProperty("changes");
  });

  it("lets nothing be changed where the declaration can't be read, and says why", () => {
    for (const [declared, why] of [
      ["{", "is not JSON"],
      [{ title: { type: "string" } }, "/title/type must be array"],
      [{ "a/b": { type: ["string"] } }, "must not have additional properties"],
      [{ title: { type: ["string"], pattern: "(" } }, "/title/pattern is no regular expression"],
    ] as const) {
      const decision = answered({ changes: { title: "Kettles" }, declared });
      expect(decision.status.message).toContain("nothing can be changed: the input changeable of the template's gate ");
      expect(decision.status.message).toContain(why);
      expect(condition(decision, "ChangesAccepted")?.reason).toBe("ChangesRefused");
    }
  });

  it("takes an approval without changes all the same there", () => {
    expect(outputsOf(answered({ declared: "{" }))).toMatchObject({ decision: "approve", changes: "{}" });
  });
});

describe("what is changed where several people must approve", () => {
  const rules = { ...TENANT, quorum: "2" };
  const changes = { title: "Kettles" };
  const first = { answers: [{ decision: "approve" as const, by: "ann", reason: "ok", at: timeAt(70) }] };
  const changedByAnn = { ...first, changes: { title: { value: "Kettles", by: ["ann"] } } };

  it("is kept with the name of the first, and waits for the others", () => {
    const decision = answered({ changes, rules });
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.status.approval).toMatchObject({ changes: changedByAnn.changes, answers: [{ by: "ann" }] });
    expect(decision.events).toContainEqual({
      type: "Normal",
      reason: "ApprovalRecorded",
      message: "ann approves with title=Kettles: no reason given",
    });
  });

  it("reaches later steps once another approves with the same", () => {
    const decision = answered({ changes, rules, by: "bob", approval: changedByAnn });
    expect(outputsOf(decision).changes).toBe(JSON.stringify(changes));
  });

  it.each<[string, Record<string, string>, object, string]>([
    ["with something else", { title: "Pots" }, changedByAnn, "ann has approved with title=Kettles"],
    ["without it", {}, changedByAnn, "ann has approved with title=Kettles"],
    ["with something where the first has changed nothing", changes, first, "ann has approved without changes"],
  ])("is refused to another who approves %s", (_, other, approval, words) => {
    const decision = answered({ changes: other, rules, by: "bob", approval });
    expect(kinds(decision)).toEqual(["clearApproval"]);
    expect(decision.events).toEqual([
      { type: "Warning", reason: "ChangesRefused", message: expect.stringContaining(words) },
    ]);
    expect(decision.status.approval).toMatchObject(approval);
    expect(decision.status.approval?.answers).toHaveLength(1);
  });

  it("is taken after a refusal, which is over then", () => {
    const subject = answered({ changes: { title: "Pots" }, rules, by: "bob", approval: changedByAnn });
    const again = workload(MANUAL);
    again.status = subject.status;
    again.metadata.annotations = {
      "agentic.io/approval": "approve",
      "agentic.io/approved-by": "bob",
      "change.agentic.io/title": "Kettles",
    };
    const runs = [run(again, [gate(ANALYSIS, { inputs: inputs() })], { tenant: rules })];
    const decision = decide(observed({ workload: again, runs, tenant: rules }));
    expect(condition(decision, "ChangesAccepted")).toEqual({ status: "True", reason: "Accepted" });
    expect(outputsOf(decision).changes).toBe(JSON.stringify(changes));
  });
});

describe("a gate that is done", () => {
  const done = (decision: "approve" | "deny", output: string) => {
    const node = decided(decision, `${decision === "approve" ? "approved" : "denied"} by ann: fine`);
    const parameters = [...(node.outputs?.parameters ?? []), { name: "changes", value: output }];
    const subject = workload(MANUAL);
    return decide(observed({ workload: subject, runs: [run(subject, [{ ...node, outputs: { parameters } }])] })).status
      .approval;
  };

  it("has in the status what was changed, and by whom, read from its node alone", () => {
    expect(done("approve", JSON.stringify({ title: "Kettles" }))).toMatchObject({
      decision: "approve",
      changes: { title: { value: "Kettles", by: ["ann"] } },
    });
  });

  it.each([
    ["deny", JSON.stringify({ title: "Kettles" })],
    ["approve", "{}"],
    ["approve", "no JSON"],
    ["approve", '{"title":{}}'],
  ] as const)("has nothing of it after %s with %s", (decision, output) => {
    expect(done(decision, output)).not.toHaveProperty("changes");
  });
});

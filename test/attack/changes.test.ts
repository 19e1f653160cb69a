// People who would change, at a gate, what isn't theirs to change, or what others have approved otherwise.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { CHANGE_PREFIX, type Changeable } from "@agentic/api/changes.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EYES, type GatePeople, startGatePeople, TWO, workloads } from "./gate-people.ts";
import { refusal } from "./platform.ts";

const TITLE = `${CHANGE_PREFIX}title`;
const CHANGEABLE: Changeable = { title: { type: ["string"], maxLength: 20 } };

let tenants: GatePeople;
beforeAll(async () => {
  tenants = await startGatePeople();
});
afterAll(() => tenants?.stop());

type Annotations = Record<string, string | null>;

const atGate = (space: string) => tenants.atGate(space, "sam", CHANGEABLE);
const pathOf = ({ metadata }: AgentWorkload) => `${workloads(metadata.namespace ?? "")}/${metadata.name}`;
const write = (who: string, workload: AgentWorkload, annotations: Annotations, query = ""): Promise<AgentWorkload> =>
  tenants.as(who).patch(pathOf(workload) + query, { metadata: { annotations } });
const answerOf = (who: string, decision = "approve"): Annotations => ({
  [ANNOTATIONS.approval]: decision,
  [ANNOTATIONS.approvedBy]: who,
  [ANNOTATIONS.approvalReason]: "why",
});
const approveWith = (who: string, workload: AgentWorkload, title: string, query = "") =>
  write(who, workload, { ...answerOf(who), [TITLE]: title }, query);

/** What later steps get of the decided gate. */
async function handedOn(run: Awaited<ReturnType<GatePeople["atGate"]>>["run"]): Promise<unknown> {
  const { outputs } = await tenants.cluster.untilDecided(run);
  return JSON.parse(outputs?.parameters?.find(({ name }) => name === "changes")?.value ?? "null");
}

describe("what is changed at a gate", () => {
  test("is changed by who may not answer: refused alone, in their own name and in an approver's; an approver changes it", async () => {
    const { workload, run } = await atGate(EYES);
    expect(await refusal(write("sam", workload, { [TITLE]: "Mine" }))).toContain(
      `${TITLE}: something is changed with an approval alone`,
    );
    // Whichever of the policies answers first.
    const words = /you have submitted the workload|may not approve|must be your own name/;
    expect(await refusal(approveWith("sam", workload, "Mine"))).toMatch(words);
    expect(await refusal(write("sam", workload, { ...answerOf("ann"), [TITLE]: "Mine" }))).toMatch(words);
    await approveWith("ann", workload, "Kettles");
    expect(await handedOn(run)).toEqual({ title: "Kettles" });
    const { approval } = await tenants.statusOf(workload, (status) => status.approval?.decision === "approve");
    expect(approval?.changes).toEqual({ title: { value: "Kettles", by: ["ann"] } });
  });

  test("is something that the template doesn't declare: refused, by whatever name; what it declares passes", async () => {
    const { workload } = await atGate(EYES);
    const names = ["objective", "instructions", "Title", "title.x"];
    for (const name of names)
      expect(await refusal(write("ann", workload, { ...answerOf("ann"), [CHANGE_PREFIX + name]: "x" }))).toContain(
        `${CHANGE_PREFIX}${name}: can't be changed at this gate: it has title`,
      );
    for (const key of ["exchange.agentic.io/title", "change.agentic.io.evil.example/title", "agentic.io/submitted-by"])
      expect(await refusal(write("ann", workload, { ...answerOf("ann"), [key]: "x" }))).toMatch(
        /may answer at the gate, and change nothing else|submitted-by never changes/,
      );
    expect(await approveWith("ann", workload, "Kettles", "?dryRun=All")).toBeDefined();
  });

  test("is changed at a gate that declares nothing: refused; the approval alone passes", async () => {
    const { workload, run } = await tenants.atGate(EYES);
    expect(await refusal(approveWith("ann", workload, "Kettles"))).toContain("nothing can be changed at this gate");
    await write("ann", workload, answerOf("ann"));
    expect(await handedOn(run)).toBeNull();
  });

  test.each([
    ["deny", "something is changed with an approval alone"],
    ["ask", "something is changed with an approval alone"],
  ])("is changed with %s: refused; that alone passes", async (decision, words) => {
    const { workload } = await atGate(EYES);
    expect(await refusal(write("ann", workload, { ...answerOf("ann", decision), [TITLE]: "Kettles" }))).toContain(
      words,
    );
    expect(await write("ann", workload, answerOf("ann", decision), "?dryRun=All")).toBeDefined();
  });

  test.each([
    ["longer than anything may be", "x".repeat(1025)],
    ["a tag of the engine", "{{workflow.parameters.postgres_dsn}}"],
    ["a variable of the kubelet", "$(POSTGRES_DSN)"],
    ["nothing", "  "],
  ])("is %s: refused", async (_, title) => {
    const { workload } = await atGate(EYES);
    expect(await refusal(approveWith("ann", workload, title))).toContain(
      `${TITLE}: each must have 1 to 1024 characters, and neither '{{' nor '$('`,
    );
    expect(await approveWith("ann", workload, "{ $ }", "?dryRun=All")).toBeDefined();
  });

  test("is past the template's own limit, which admission doesn't know: the operator takes nothing of it, and waits on", async () => {
    const { workload, run } = await atGate(EYES);
    await approveWith("ann", workload, "x".repeat(21));
    const refused = await tenants.statusOf(workload, ({ conditions }) =>
      Boolean(conditions?.some(({ type, status }) => type === "ChangesAccepted" && status === "False")),
    );
    expect(refused).toMatchObject({ phase: "AwaitingApproval", approval: { decision: "pending" } });
    expect(refused.approval?.answers).toBeUndefined();
    expect(refused.conditions?.find(({ type }) => type === "ChangesAccepted")?.message).toContain(
      `the approval of ann is not taken, and nothing is changed: ${TITLE}: must not have more than 20 characters`,
    );
    await tenants.recorded(workload, 0);
    await approveWith("ann", workload, "x".repeat(20));
    expect(await handedOn(run)).toEqual({ title: "x".repeat(20) });
  });

  test("comes with the workload, or before its gate waits: refused; at the gate it is taken", async () => {
    const shape = tenants.shape({ submitter: "tara" });
    const annotations = { ...shape.metadata.annotations, [TITLE]: "Mine" };
    const made = tenants.as("tara").create(workloads(EYES), { ...shape, metadata: { ...shape.metadata, annotations } });
    expect(await refusal(made)).toContain("something is changed with an approval alone");
    const early = await tenants.submit("sam", EYES, { suspend: true });
    expect(await refusal(approveWith("ann", early, "Mine"))).toContain("in phase AwaitingApproval");
    expect(await refusal(write("sam", early, { [TITLE]: "Mine" }))).toContain("with an approval alone");
    const { workload } = await atGate(EYES);
    expect(await approveWith("ann", workload, "Kettles", "?dryRun=All")).toBeDefined();
  });

  test("is another's, who has approved a moment ago: changed, added and taken off by others: refused; by its giver not", async () => {
    const { workload, run } = await atGate(EYES);
    await tenants.replaceOperator(async () => {
      await approveWith("ann", workload, "Kettles");
      for (const who of ["bob", "sam", "tara"])
        for (const title of ["Mine", null])
          expect(await refusal(write(who, workload, { [TITLE]: title }))).toMatch(
            /you have submitted the workload|must be your own name|is being recorded, and only they may change it/,
          );
      expect(await refusal(write("ann", workload, { [ANNOTATIONS.approval]: null }))).toContain(
        "with an approval alone",
      );
      await write("ann", workload, { [TITLE]: "Kettles, November" });
    });
    expect(await handedOn(run)).toEqual({ title: "Kettles, November" });
  });

  test("is changed once the gate is decided, in annotations and in the status: refused, what was approved stays", async () => {
    const { workload } = await atGate(EYES);
    await approveWith("ann", workload, "Kettles");
    await tenants.statusOf(workload, ({ approval }) => approval?.decision === "approve");
    await tenants.cluster.client.patch(`${pathOf(workload)}/status`, { status: { phase: "Running" } });
    for (const who of ["ann", "sam"])
      expect(await refusal(write(who, workload, { ...answerOf(who), [TITLE]: "Mine" }))).toMatch(
        /in phase AwaitingApproval|may not approve|you have submitted the workload/,
      );
    const forged = { approval: { changes: { title: { value: "Mine", by: ["bob"] } } } };
    for (const who of ["ann", "sam", "tara"])
      expect(await refusal(tenants.as(who).patch(`${pathOf(workload)}/status`, { status: forged }))).toContain(
        "cannot patch",
      );
    const { approval } = await tenants.statusOf(workload, () => true);
    expect(approval?.changes).toEqual({ title: { value: "Kettles", by: ["ann"] } });
  });
});

describe("where two people must approve", () => {
  test("the second changes what the first has not seen: refused, with it or without; with the same the gate opens", async () => {
    const { workload, run } = await atGate(TWO);
    await approveWith("ann", workload, "Kettles");
    await tenants.recorded(workload, 1);
    const words =
      "who has approved has approved with title=Kettles, and each approval has the same changes: approve with the same, ask, or deny";
    expect(await refusal(approveWith("bob", workload, "Mine"))).toContain(words);
    expect(await refusal(write("bob", workload, answerOf("bob")))).toContain(words);
    await approveWith("bob", workload, "Kettles");
    expect(await handedOn(run)).toEqual({ title: "Kettles" });
    const { approval } = await tenants.statusOf(workload, (status) => status.approval?.decision === "approve");
    expect(approval?.changes).toEqual({ title: { value: "Kettles", by: ["ann", "bob"] } });
  });

  test("the second changes something after the first has approved without: refused; their denial counts", async () => {
    const { workload, run } = await atGate(TWO);
    await write("ann", workload, answerOf("ann"));
    await tenants.recorded(workload, 1);
    expect(await refusal(approveWith("bob", workload, "Mine"))).toContain(
      "who has approved has approved without changes",
    );
    await write("bob", workload, answerOf("bob", "deny"));
    expect(await handedOn(run)).toEqual({});
  });
});

// People of a tenant who would get past its rules for gates: four eyes, several approvers, approvers by template.
import { bindingOf } from "@agentic/api/admission.ts";
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { gateAdmissionPolicy } from "@agentic/api/gate-admission.ts";
import { gateRulesText } from "@agentic/api/gate-rules.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, EYES, type GatePeople, GROUPS, startGatePeople, TWO, workloads } from "./gate-people.ts";
import { refusal } from "./platform.ts";

let tenants: GatePeople;
beforeAll(async () => {
  tenants = await startGatePeople();
});
afterAll(() => tenants?.stop());

const people = ({ approval }: AgentWorkloadStatus) => approval?.answers?.map(({ by, decision }) => [by, decision]);

describe("where who submits may not approve", () => {
  test.each<[string, string, string | undefined, string]>([
    ["without saying who", "sam", undefined, "say who submits, by the annotation agentic.io/submitted-by: sam"],
    ["in another's name", "tara", "sam", "agentic.io/submitted-by must be your own name, tara"],
    [
      "by the account that all share",
      account(EYES, "tenant-user"),
      account(EYES, "tenant-user"),
      "the account tenant-user is everybody's who has the tenant's kubeconfig",
    ],
  ])("a workload is submitted %s: refused", async (_, who, submitter, words) => {
    const attack = tenants.as(who).create(workloads(EYES), tenants.shape(submitter ? { submitter } : {}));
    expect(await refusal(attack)).toContain(words);
    expect((await tenants.submit("sam", EYES, { suspend: true })).metadata.annotations).toEqual({
      [ANNOTATIONS.submittedBy]: "sam",
    });
  });

  test("who has submitted it is said again: refused, to who has too", async () => {
    const { metadata } = await tenants.submit("tara", EYES, { suspend: true });
    for (const name of ["sam", null])
      expect(
        await refusal(
          tenants.as("tara").patch(`${workloads(EYES)}/${metadata.name}`, {
            metadata: { annotations: { [ANNOTATIONS.submittedBy]: name } },
          }),
        ),
      ).toContain("agentic.io/submitted-by never changes");
  });

  test("what another has submitted is changed before it runs, to approve it: refused; what doesn't run is free", async () => {
    const { metadata } = await tenants.submit("sam", EYES, { suspend: true });
    const path = `${workloads(EYES)}/${metadata.name}`;
    for (const spec of [
      { objective: "something else" },
      { targetUrls: ["https://other.example/"] },
      { parameters: { depth: 9 } },
      { approval: { mode: "auto" } },
    ]) {
      expect(await refusal(tenants.as("tara").patch(path, { spec }))).toContain(
        "what runs is changed only by who has submitted it, sam",
      );
      await tenants.as("sam").patch(`${path}?dryRun=All`, { spec });
    }
    await tenants.as("tara").patch(path, { spec: { ttlSecondsAfterFinished: 60 } });
  });

  test("who has submitted it approves it: refused in whatever name; another person opens the gate", async () => {
    const { workload, run } = await tenants.atGate(EYES, "tara");
    expect(await refusal(tenants.answer("tara", workload, "approve"))).toContain(
      "you have submitted the workload, tara",
    );
    // Whichever of the policies answers first.
    expect(await refusal(tenants.answer("tara", workload, "approve", "ann"))).toMatch(
      /must be your own name, tara|you have submitted the workload, tara/,
    );
    for (const bot of [account(EYES, "bot"), account(EYES, "agent")])
      expect(await refusal(tenants.answer(bot, workload, "approve"))).toMatch(/is a program's account|is no person/);
    await tenants.answer("ann", workload, "approve");
    expect((await tenants.cluster.untilDecided(run)).message).toBe("approved by ann: ann's reason");
    const status = await tenants.statusOf(workload, ({ approval }) => approval?.decision === "approve");
    expect(status.approval?.answers).toEqual([
      { decision: "approve", by: "ann", at: expect.any(String), reason: "ann's reason" },
    ]);
  });

  test("who has submitted it denies it: that ends it", async () => {
    const { workload, run } = await tenants.atGate(EYES, "tara");
    await tenants.answer("tara", workload, "deny");
    expect((await tenants.cluster.untilDecided(run)).message).toBe("denied by tara: tara's reason");
  });
});

describe("where two people must approve", () => {
  test("one approves twice: refused; the second opens the gate, also where another operator has taken over", async () => {
    const { workload, run } = await tenants.atGate(TWO);
    await tenants.answer("ann", workload, "approve");
    await tenants.recorded(workload, 1);
    expect(await refusal(tenants.answer("ann", workload, "approve"))).toContain("you have approved already, ann");
    await tenants.replaceOperator();
    const waiting = await tenants.statusOf(workload, ({ phase }) => phase === "AwaitingApproval");
    expect(waiting.approval).toMatchObject({ decision: "pending", required: 2 });
    await tenants.answer("bob", workload, "approve");
    await tenants.cluster.untilDecided(run);
    const status = await tenants.statusOf(workload, ({ approval }) => approval?.decision === "approve");
    expect(people(status)).toEqual([
      ["ann", "approve"],
      ["bob", "approve"],
    ]);
  });

  test("somebody rewrites or takes off what another has answered, in the status: refused, the answers stay", async () => {
    const { workload } = await tenants.atGate(TWO);
    await tenants.answer("ann", workload, "approve");
    await tenants.recorded(workload, 1);
    const path = `${workloads(TWO)}/${workload.metadata.name}/status`;
    for (const who of ["sam", "tara", "bob"])
      expect(await refusal(tenants.as(who).patch(path, { status: { approval: { answers: [] } } }))).toContain(
        "cannot patch",
      );
    await tenants.answer("bob", workload, "deny");
    const status = await tenants.statusOf(workload, ({ approval }) => approval?.decision === "deny");
    expect(people(status)).toEqual([
      ["ann", "approve"],
      ["bob", "deny"],
    ]);
  });

  test.each([
    ["the operator", account("agentic-system", "agentic-operator")],
    ["the agents", account(TWO, "agent")],
    ["a program", account(TWO, "bot")],
  ])("%s approves, whose account has the right by mistake: refused", async (_, who) => {
    const { workload } = await tenants.atGate(TWO);
    expect(await refusal(tenants.answer(who, workload, "approve"))).toMatch(
      /is no person|is a program's account, which is nobody's second pair of eyes/,
    );
    expect(await tenants.answer("ann", workload, "approve")).toBeDefined();
  });

  test("the rule is made weaker while the gate waits: the run is denied", async () => {
    const { workload, run } = await tenants.atGate(TWO);
    await tenants.answer("ann", workload, "approve");
    await tenants.recorded(workload, 1);
    // The next operator knows the new rule from its start, whenever the one before would have heard of it.
    await tenants.replaceOperator(async () => {
      const map = `/api/v1/namespaces/${TWO}/configmaps/agentic-tenant`;
      await tenants.cluster.client.patch(map, { data: { quorum: "1" } });
      await tenants.answer("bob", workload, "approve");
    });
    expect((await tenants.cluster.untilDecided(run)).message).toContain(
      "denied by operator: changed after the run's start: the tenant's quorum",
    );
  });
});

describe("where the policies were away for a while", () => {
  test("the rules of a tenant that is made once they are there again hold, on the API server that runs on", async () => {
    const { client } = tenants.cluster;
    const policy = gateAdmissionPolicy();
    const objects = [
      ["validatingadmissionpolicies", policy],
      ["validatingadmissionpolicybindings", bindingOf(policy)],
    ] as const;
    const path = (resource: string) => `/apis/admissionregistration.k8s.io/v1/${resource}`;
    for (const [resource] of objects) await client.delete(`${path(resource)}/${policy.metadata.name}`);
    await tenants.untilRefused("sam", EYES);
    for (const [resource, object] of objects) await client.create(path(resource), object);
    await tenants.untilRefused("sam", EYES, "four eyes");
    const space = "tenant-later";
    await tenants.tenant(space, { four_eyes: "true" });
    expect(await refusal(tenants.as("sam").create(workloads(space), tenants.shape()))).toContain("four eyes");
    const { workload } = await tenants.atGate(space, "tara");
    expect(await refusal(tenants.answer("tara", workload, "approve"))).toContain(
      "you have submitted the workload, tara",
    );
    await tenants.answer("ann", workload, "approve");
  });
});

describe("where a tenant's rules can't be read", () => {
  const annotate = (rules: string | null) =>
    tenants.cluster.client.patch(`/api/v1/namespaces/${TWO}`, {
      metadata: { annotations: { [ANNOTATIONS.gateRules]: rules } },
    });

  test.each([
    ["missing", null],
    ["isn't as the platform writes it", "four_eyes=false\nquorum=1\nquorum=2"],
    ["isn't as the platform writes it", "quorum=1"],
  ])("nobody answers, and who submits says so: the annotation is %s (%j)", async (words, rules) => {
    const { workload } = await tenants.atGate(TWO);
    await annotate(rules);
    await tenants.untilRefused("sam", TWO, words);
    for (const decision of ["approve", "deny"])
      expect(await refusal(tenants.answer("ann", workload, decision))).toContain("nobody answers at its gates");
    await annotate(gateRulesText({ quorum: "2" }));
    await tenants.untilRefused("sam", TWO);
    await tenants.answer("ann", workload, "approve");
  });
});

describe("where a group answers for the template", () => {
  test.each(["approve", "deny"])(
    "another approver answers %s: refused; one of the group's is taken",
    async (decision) => {
      const { workload, run } = await tenants.atGate(GROUPS);
      expect(await refusal(tenants.answer("carl", workload, decision))).toContain(
        "workloads of template visual-analysis-template are answered by members of legal, reviewers; carl is of none",
      );
      await tenants.answer("bob", workload, decision);
      expect((await tenants.cluster.untilDecided(run)).message).toContain("by bob");
      const status = await tenants.statusOf(workload, ({ approval }) => approval?.decision === decision);
      expect(status.approval?.answers).toMatchObject([{ by: "bob", groups: ["legal", "reviewers"] }]);
    },
  );

  test("a workload that asks the policy engine in place of the group: denied at its start", async () => {
    const workload = await tenants.submit("sam", GROUPS, { approval: { mode: "auto" } });
    expect((await tenants.statusOf(workload, ({ phase }) => phase === "Denied")).message).toContain(
      "this tenant demands that a person approves",
    );
  });
});

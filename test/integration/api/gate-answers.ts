// Who may answer at the gate of a workload, and what they may say: crd.test.ts has these tests run on its API server.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { approvalAdmissionPolicy } from "@agentic/api/approval.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../../kube/client/client.ts";
import { enforce } from "../admission.ts";
import type { Cluster } from "../operator/cluster.ts";

/** Fields of a workload that a test gives. */
export interface Shape {
  metadata?: Record<string, unknown>;
  spec?: Record<string, unknown>;
}

/** What the tests work on. */
interface Subject {
  /** The cluster, once it runs. */
  cluster(): Cluster;
  /** Path of the workloads. */
  path: string;
  /** A workload that isn't created. */
  workload(shape: Shape): object;
  create(shape: Shape): Promise<AgentWorkload>;
}

/** Registers the tests. */
export function answersAtGate({ cluster, path, workload, create }: Subject): void {
  describe("a person's answer at the gate", () => {
    const RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    const APPROVER = "system:serviceaccount:default:approver";
    const SECOND = "system:serviceaccount:default:second";
    const EDITOR = "system:serviceaccount:default:editor";
    const clients: Record<string, Client> = {};

    beforeAll(async () => {
      await enforce(cluster().client, [approvalAdmissionPolicy()]);
      const verbs = {
        editor: ["get", "create", "patch"],
        approver: ["get", "patch", "approve"],
        second: ["get", "patch", "approve"],
      };
      for (const [name, allowed] of Object.entries(verbs)) {
        await cluster().client.create("/api/v1/namespaces/default/serviceaccounts", { metadata: { name } });
        await cluster().client.create(`${RBAC}/roles`, {
          metadata: { name },
          rules: [{ apiGroups: ["agentic.io"], resources: ["agentworkloads"], verbs: allowed }],
        });
        await cluster().client.create(`${RBAC}/rolebindings`, {
          metadata: { name },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
          subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
        });
        const token = await cluster().token("default", name);
        const authorization = `Bearer ${token}`;
        clients[name] = new Client({ ...cluster().connection, credentials: async () => ({ authorization }) });
      }
    });
    afterAll(() => Promise.all(Object.values(clients).map((client) => client.close())));

    async function atGate(mode = "manual"): Promise<string> {
      const { metadata } = await create({ spec: { approval: { mode } } });
      await cluster().client.patch(`${path}/${metadata.name}/status`, { status: { phase: "AwaitingApproval" } });
      return metadata.name;
    }

    function answer(
      account: string,
      name: string,
      values: Partial<Record<"approval" | "approved-by" | "approval-reason" | "reply" | "replied-by", string | null>>,
    ) {
      const annotations = Object.fromEntries(
        Object.entries(values).map(([key, value]) => [`agentic.io/${key}`, value]),
      );
      const client = clients[account];
      if (!client) throw new Error(`nobody is called ${account}`);
      return client.patch<AgentWorkload>(`${path}/${name}`, { metadata: { annotations } });
    }

    it("is taken from who may approve, under their own name, and taken back by them alone", async () => {
      const name = await atGate();
      const answered = await answer("approver", name, { approval: "approve", "approved-by": APPROVER });
      expect(answered.metadata.annotations).toMatchObject({ "agentic.io/approval": "approve" });
      const none = { approval: null, "approved-by": null };
      await expect(answer("editor", name, none)).rejects.toThrow(
        `the answer of ${APPROVER} is being recorded, and only they may change it`,
      );
      const withdrawn = await answer("approver", name, none);
      expect(withdrawn.metadata.annotations ?? {}).not.toHaveProperty("agentic.io/approval");
    });

    it("is neither replaced nor given another reason by another who may approve, before it is recorded", async () => {
      const name = await atGate();
      await answer("approver", name, { approval: "deny", "approved-by": APPROVER, "approval-reason": "too dear" });
      const other = { approval: "approve", "approved-by": SECOND };
      await expect(answer("second", name, other)).rejects.toThrow("is being recorded");
      await expect(answer("second", name, { "approval-reason": "cheap" })).rejects.toThrow("must be your own name");
      await cluster().client.patch(`${path}/${name}/status`, { status: { phase: "Running" } });
      expect(await answer("editor", name, { approval: null, "approved-by": null })).toBeDefined();
    });

    it("is taken once from each, and their denial after it", async () => {
      const name = await atGate();
      const given = { decision: "approve", by: APPROVER, at: "2026-01-01T00:00:00Z", reason: "ok" };
      await cluster().client.patch(`${path}/${name}/status`, { status: { approval: { answers: [given] } } });
      await expect(answer("approver", name, { approval: "approve", "approved-by": APPROVER })).rejects.toThrow(
        `you have approved already, ${APPROVER}: each person counts once`,
      );
      await answer("approver", name, { approval: "deny", "approved-by": APPROVER });
    });

    it.each<[string, string, string, string, string]>([
      ["who may only edit", "editor", "approve", EDITOR, "may not approve"],
      ["in another's name", "approver", "approve", EDITOR, "must be your own name"],
      ["in no name", "approver", "deny", "", "must be your own name"],
      ["that is neither yes nor no", "approver", "maybe", APPROVER, "must be approve, deny or ask"],
      ["who may only edit, and asks", "editor", "ask", EDITOR, "may not approve"],
      [
        "that asks nothing",
        "approver",
        "ask",
        APPROVER,
        "say what you ask, by the annotation agentic.io/approval-reason",
      ],
    ])("is refused from one %s", async (_, account, approval, by, message) => {
      await expect(answer(account, await atGate(), { approval, "approved-by": by })).rejects.toThrow(message);
    });

    it("is refused before the gate, in mode auto, and with the workload's creation", async () => {
      const undecided = await create({ spec: { approval: { mode: "manual" } } });
      const approval = { approval: "approve", "approved-by": APPROVER };
      await expect(answer("approver", undecided.metadata.name, approval)).rejects.toThrow("AwaitingApproval");
      await expect(answer("approver", await atGate("auto"), approval)).rejects.toThrow("mode: manual");
      const annotations = { "agentic.io/approval": "approve", "agentic.io/approved-by": EDITOR };
      const shape = workload({ metadata: { annotations }, spec: { approval: { mode: "manual" } } });
      await expect(clients.editor?.create(path, shape)).rejects.toThrow("AwaitingApproval");
    });

    it("is taken in mode auto, too, while the workload waits for more budget", async () => {
      const name = await atGate("auto");
      const lastTransitionTime = "2026-01-01T00:00:00Z";
      const condition = {
        type: "WithinBudget",
        status: "False",
        reason: "BudgetExhausted",
        message: "",
        lastTransitionTime,
      };
      await cluster().client.patch(`${path}/${name}/status`, { status: { conditions: [condition] } });
      const approval = { approval: "approve", "approved-by": APPROVER };
      expect((await answer("approver", name, approval)).metadata.annotations).toMatchObject({
        "agentic.io/approval": "approve",
      });
      await expect(answer("editor", name, { approval: "deny", "approved-by": EDITOR })).rejects.toThrow(
        "may not approve",
      );
      const question = { approval: "ask", "approved-by": APPROVER, "approval-reason": "why so much?" };
      await expect(answer("approver", name, question)).rejects.toThrow(
        "takes approve or deny, and nothing is asked back",
      );
    });

    it("may be a question, which is replied to by whoever may change the workload, in their own name, while it is open", async () => {
      const name = await atGate();
      const status = (approval: object) => cluster().client.patch(`${path}/${name}/status`, { status: { approval } });
      const reply = { reply: "yes", "replied-by": EDITOR };
      await expect(answer("editor", name, reply)).rejects.toThrow("while a question is open at the gate");
      const question = { approval: "ask", "approved-by": APPROVER, "approval-reason": "with tax?" };
      await answer("approver", name, question);
      const asked = { question: "with tax?", by: APPROVER, at: "2026-01-01T00:00:00Z" };
      await status({ questions: [asked] });
      await expect(answer("editor", name, reply)).rejects.toThrow(
        `the agentic.io/approval of ${APPROVER} is being recorded: try again in a moment`,
      );
      await answer("approver", name, { approval: null, "approved-by": null, "approval-reason": null });
      await expect(answer("editor", name, { ...reply, "replied-by": APPROVER })).rejects.toThrow(
        "agentic.io/replied-by must be your own name",
      );
      await answer("editor", name, reply);
      await expect(answer("second", name, { reply: null, "replied-by": null })).rejects.toThrow(
        `the reply of ${EDITOR} is being recorded, and only they may change it`,
      );
      await expect(answer("approver", name, { approval: "approve", "approved-by": APPROVER })).rejects.toThrow(
        `the reply of ${EDITOR} is being recorded: read it, and try again in a moment`,
      );
      await answer("editor", name, { reply: null, "replied-by": null });
      await status({ questions: Array.from({ length: 10 }, () => ({ ...asked, reply: "yes" })) });
      await expect(answer("approver", name, question)).rejects.toThrow("10 questions have been asked already");
      await answer("approver", name, { approval: "deny", "approved-by": APPROVER });
    });

    it("can't be changed under its giver's name by one who may only edit", async () => {
      const name = await atGate();
      await answer("approver", name, { approval: "deny", "approved-by": APPROVER });
      await expect(answer("editor", name, { approval: "approve" })).rejects.toThrow("must be your own name");
    });

    it("leaves other changes free while it stands", async () => {
      const name = await atGate();
      await answer("approver", name, { approval: "deny", "approved-by": APPROVER });
      const changes = { metadata: { labels: { a: "b" } }, spec: { suspend: true } };
      expect(await clients.editor?.patch(`${path}/${name}`, changes)).toMatchObject(changes);
    });
  });
}

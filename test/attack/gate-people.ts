// Three tenants with rules for gates, and their people and programs, each as itself against a real API server; an operator runs.
import type { AgentWorkload, AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { Changeable } from "@agentic/api/changes.ts";
import { ANNOTATIONS, OPERATOR_NAME } from "@agentic/api/names.ts";
import { MEMBER_RULES, type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { Client } from "../../kube/client/client.ts";
import { until } from "../integration/operator/cluster.ts";
import { type Scene, SURE, startScene } from "../integration/operator/scene.ts";

/** Who is what in each of the tenants. All but `carl` are of the group `reviewers`. */
const PEOPLE: Record<string, MemberRole> = {
  sam: "user",
  tara: "tenant-admin",
  ann: "approver",
  bob: "approver",
  carl: "approver",
};
export const EYES = "tenant-eyes";
export const TWO = "tenant-two";
export const GROUPS = "tenant-groups";
const SETTINGS: Record<string, Record<string, string>> = {
  [EYES]: { four_eyes: "true" },
  [TWO]: { quorum: "2" },
  [GROUPS]: { "approvers.visual-analysis-template": "legal\nreviewers" },
};
const OPERATOR = { namespace: "agentic-system", name: OPERATOR_NAME };
const RBAC = "rbac.authorization.k8s.io";

export const workloads = (space: string) => `/apis/agentic.io/v1alpha1/namespaces/${space}/agentworkloads`;
const pathOf = ({ metadata }: AgentWorkload) => `${workloads(metadata.namespace ?? "")}/${metadata.name}`;

/** A service account as the API server knows it, which is also what its client here is called. */
export const account = (space: string, name: string) => `system:serviceaccount:${space}:${name}`;

/** Who has a role in a tenant: programs too, as if somebody had given it to them by mistake. */
function subjectsOf(role: string, namespace: string): object[] {
  const users = Object.entries(PEOPLE).filter(([, theirs]) => theirs === role);
  const programs: Record<string, { name: string; namespace: string }[]> = {
    user: [{ name: "tenant-user", namespace }],
    approver: [{ name: "bot", namespace }, { name: "agent", namespace }, OPERATOR],
  };
  return [
    ...users.map(([name]) => ({ kind: "User", apiGroup: RBAC, name })),
    ...(programs[role] ?? []).map((program) => ({ kind: "ServiceAccount", ...program })),
  ];
}

/** Makes the tenant with these rules, its roles and accounts; adds a client of each account. */
async function createTenant(
  { cluster }: Scene,
  { space, settings = {} }: { space: string; settings?: Record<string, string> | undefined },
  clients: Record<string, Client>,
): Promise<void> {
  const { client, connection } = cluster;
  await cluster.tenant(space, { settings });
  for (const [role, rules] of Object.entries(MEMBER_RULES)) {
    const name = memberRoleName(role as MemberRole);
    const path = `/apis/${RBAC}/v1/namespaces/${space}`;
    await client.create(`${path}/roles`, { metadata: { name }, rules });
    await client.create(`${path}/rolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: "Role", name },
      subjects: subjectsOf(role, space),
    });
  }
  for (const name of ["bot", "agent", "tenant-user"]) {
    await client.create(`/api/v1/namespaces/${space}/serviceaccounts`, { metadata: { name } });
    const authorization = `Bearer ${await cluster.token(space, name)}`;
    clients[account(space, name)] = new Client({ ...connection, credentials: async () => ({ authorization }) });
  }
}

export type GatePeople = Awaited<ReturnType<typeof startGatePeople>>;

/** `flags`: of an API server of its own, in place of one that tests share. */
export async function startGatePeople(options: { flags?: string[] } = {}) {
  const scene = await startScene(options);
  const { client, connection } = scene.cluster;
  const clients: Record<string, Client> = {};
  for (const name of Object.keys(PEOPLE)) {
    const group = name === "carl" ? "others" : "reviewers";
    clients[name] = new Client({ ...connection, headers: { "impersonate-user": name, "impersonate-group": group } });
  }
  for (const [space, settings] of Object.entries(SETTINGS)) await createTenant(scene, { space, settings }, clients);
  clients[account(OPERATOR.namespace, OPERATOR.name)] = new Client(await scene.cluster.operatorConnection());
  let count = 0;

  const scenario = {
    cluster: scene.cluster,

    as(name: string): Client {
      const own = clients[name];
      if (!own) throw new Error(`nobody is called ${name}`);
      return own;
    },

    /** A workload whose gate asks a person, which says who submits it where `submitter` is given. */
    shape({ submitter, spec }: { submitter?: string; spec?: Partial<AgentWorkloadSpec> } = {}) {
      return {
        apiVersion: "agentic.io/v1alpha1",
        kind: "AgentWorkload",
        metadata: {
          name: `g-${count++}`,
          ...(submitter ? { annotations: { [ANNOTATIONS.submittedBy]: submitter } } : {}),
        },
        spec: {
          objective: "compare prices",
          targetUrls: ["https://example.com/"],
          approval: { mode: "manual" as const },
          ...spec,
        },
      };
    },

    /** Submits under one's own name. */
    submit: (who: string, space: string, spec: Partial<AgentWorkloadSpec> = {}): Promise<AgentWorkload> =>
      scenario.as(who).create(workloads(space), scenario.shape({ submitter: who, spec })),

    statusOf: (workload: AgentWorkload, holds: (status: AgentWorkloadStatus) => boolean) =>
      until(`${workload.metadata.name}: ${holds}`, async () => {
        const { status = {} } = await client.get<AgentWorkload>(pathOf(workload));
        return holds(status) ? status : undefined;
      }),

    /** A workload whose gate waits, where what is `changeable` may be changed, and its run. */
    async atGate(space: string, submitter = "sam", changeable?: Changeable) {
      const workload = await scenario.submit(submitter, space);
      const run = await scene.cluster.runOf(workload);
      await scene.cluster.playGate(run, SURE, changeable);
      await scenario.statusOf(workload, ({ phase }) => phase === "AwaitingApproval");
      return { workload, run };
    },

    /** Answers under one's own name, or under another. */
    answer: (who: string, workload: AgentWorkload, decision: string, by = who): Promise<AgentWorkload> =>
      scenario.as(who).patch(pathOf(workload), {
        metadata: {
          annotations: {
            [ANNOTATIONS.approval]: decision,
            [ANNOTATIONS.approvedBy]: by,
            [ANNOTATIONS.approvalReason]: `${who}'s reason`,
          },
        },
      }),

    /** Until so many answers are recorded, and the place for the next is free. */
    async recorded(workload: AgentWorkload, number: number): Promise<void> {
      await scenario.statusOf(workload, ({ approval }) => (approval?.answers ?? []).length === number);
      await until("the place for the next answer", async () => {
        const { metadata } = await client.get<AgentWorkload>(pathOf(workload));
        return metadata.annotations?.[ANNOTATIONS.approval] === undefined ? true : undefined;
      });
    },

    /** Another tenant with these rules, and the same people. */
    tenant: (space: string, settings: Record<string, string>) => createTenant(scene, { space, settings }, clients),

    /** Until a submission that says nobody's name is refused in these words, or taken where there are none. */
    async untilRefused(who: string, space: string, words = "taken"): Promise<void> {
      let last = "";
      const probe = async () => {
        const request = scenario.as(who).create(`${workloads(space)}?dryRun=All`, scenario.shape());
        last = await request.then(
          () => "taken",
          ({ message }: Error) => message,
        );
        return last.includes(words) ? true : undefined;
      };
      await until(`a submission to ${space}: ${words}`, probe, 120_000).catch((error: Error) => {
        throw new Error(`${error.message}: ${last}`);
      });
    },

    /** Another operator in the place of the one that runs; in between there is none. */
    async replaceOperator(meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
      await operator.stop();
      await meanwhile();
      operator = await scene.operator();
    },

    async stop(): Promise<void> {
      await Promise.all(Object.values(clients).map((own) => own.close()));
      await scene.stop();
    },
  };
  await scenario.untilRefused("sam", EYES, "four eyes");
  let operator = await scene.operator();
  return scenario;
}

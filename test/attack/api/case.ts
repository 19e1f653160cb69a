// An attack through the API, and the accounts that try it: against a bare API server with the platform's objects, or a node's.
import { type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { connect } from "@agentic/kube/connection/connect.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { Client } from "../../../kube/client/client.ts";
import { tokenOf } from "../../integration/operator/cluster.ts";
import { retry } from "../retry.ts";

/** What somebody tries who may not, and what they or those whose work it is may do in its place. */
export interface Case {
  attack: string;
  /** Who refuses it. */
  by: string;
  /** Words of the refusal. */
  says: string | RegExp;
  attempt: (accounts: Accounts) => Promise<unknown>;
  twin: (accounts: Accounts) => Promise<unknown>;
}

export type Accounts = Awaited<ReturnType<typeof openAccounts>>;

/** A collection of a namespace, or of the cluster; a query in the last part. */
export const core = (namespace: string, resource: string) => `/api/v1/namespaces/${namespace}/${resource}`;
export const group = (groupVersion: string, namespace: string, resource: string) =>
  `/apis/${groupVersion}/namespaces/${namespace}/${resource}`;
export const cluster = (groupVersion: string, resource: string) => `/apis/${groupVersion}/${resource}`;

/** Nothing of it stays. */
export const DRY_RUN = "?dryRun=All";
export const TENANT = "tenant-demo";
export const WORKLOADS = group("agentic.io/v1alpha1", TENANT, "agentworkloads");
export const WORKFLOWS = group("argoproj.io/v1alpha1", TENANT, "workflows");
export const TEMPLATES = group("argoproj.io/v1alpha1", TENANT, "workflowtemplates");
export const PODS = core(TENANT, "pods");
const RBAC = "rbac.authorization.k8s.io";

/** Of a team that makes the namespace and the objects of its own tenant `acme`, in any namespace. */
const teamRules = [
  { apiGroups: [""], resources: ["namespaces", "namespaces/status"], verbs: ["*"] },
  { apiGroups: [""], resources: ["pods", "pods/ephemeralcontainers"], verbs: ["create", "update", "patch"] },
  { apiGroups: ["apps", "batch"], resources: ["daemonsets", "cronjobs"], verbs: ["create", "patch"] },
  {
    apiGroups: ["argoproj.io"],
    resources: ["workflows", "workflowtemplates", "cronworkflows"],
    verbs: ["create", "update", "patch"],
  },
  { apiGroups: ["agentic.io"], resources: ["tenants"], resourceNames: ["tenant-acme"], verbs: ["manage"] },
];

/** Of somebody who plans what others run. */
const schedulerRules = [{ apiGroups: ["argoproj.io"], resources: ["cronworkflows"], verbs: ["create", "patch"] }];

/** People of the tenant by their role, each with that one alone. */
const people = { viewer: "vera", approver: "anna", "tenant-admin": "tara" } as const satisfies Partial<
  Record<MemberRole, string>
>;

/** A workload that waits, for whoever would change it. */
export const WAITING = `${WORKLOADS}/members-waiting`;

/** A pod as tenants' namespaces take it, with an image that they may run. */
export function pod(image: string, more: { metadata?: object; spec?: object } = {}) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: "p-", ...more.metadata },
    spec: {
      serviceAccountName: "agent",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: { limits: { cpu: "100m", memory: "64Mi" } },
        },
      ],
      ...more.spec,
    },
  };
}

export function workload(spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { generateName: "w-", ...metadata },
    spec: { objective: "find prices", targetUrls: ["https://example.com/"], suspend: true, ...spec },
  };
}

/** Clients with the tokens of the accounts; the team's account and its rights are made. */
export async function openAccounts(kubeconfig: string, agentsImage: string) {
  const connection = await connect({ KUBECONFIG: kubeconfig });
  const admin = new Client(connection, { retry });
  const clients = [admin];
  await admin.create("/api/v1/namespaces", { metadata: { name: "team" } });
  const teams = [
    ["team", "deployer", teamRules],
    ["team-scheduler", "scheduler", schedulerRules],
  ] as const;
  for (const [role, name, rules] of teams) {
    await admin.create(core("team", "serviceaccounts"), { metadata: { name } });
    await admin.create(cluster(`${RBAC}/v1`, "clusterroles"), { metadata: { name: role }, rules });
    await admin.create(cluster(`${RBAC}/v1`, "clusterrolebindings"), {
      metadata: { name: role },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", name, namespace: "team" }],
    });
  }
  const open = (more: Partial<Connection>) => {
    const client = new Client({ server: connection.server, ca: connection.ca ?? "", ...more }, { retry });
    clients.push(client);
    return client;
  };
  const bindings = group(`${RBAC}/v1`, TENANT, "rolebindings");
  for (const [role, name] of Object.entries(people))
    await admin.create(bindings, {
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind: "Role", name: memberRoleName(role as MemberRole) },
      subjects: [{ apiGroup: RBAC, kind: "User", name }],
    });
  await admin.create(WORKLOADS, workload({}, { generateName: undefined, name: "members-waiting" }));
  const person = (role: keyof typeof people) => open({ ...connection, headers: { "impersonate-user": people[role] } });
  async function as(namespace: string, name: string, headers: Record<string, string> = {}): Promise<Client> {
    const authorization = `Bearer ${await tokenOf(admin, namespace, name)}`;
    return open({ headers, credentials: async () => ({ authorization }) });
  }
  return {
    /** Has every right. */
    admin,
    /** Who has the tenant's kubeconfig. */
    user: await as(TENANT, "tenant-user"),
    /** A pod of the tenant's, if it had a token. */
    agent: await as(TENANT, "agent"),
    viewer: person("viewer"),
    approver: person("approver"),
    tenantAdmin: person("tenant-admin"),
    /** A team with a tenant of its own. */
    team: await as("team", "deployer"),
    /** May write CronWorkflows, and make no Workflows. */
    scheduler: await as("team", "scheduler"),
    engine: await as("argo-workflows", "workflow-engine"),
    operator: await as("agentic-system", "agentic-operator"),
    receiver: await as("argo-events", "event-receiver"),
    /** Each on a connection of its own: the API server ends that of whoever is refused, with whatever else was asked there. */
    anonymous: () => open({}),
    as,
    agentsImage,
    async close(): Promise<void> {
      for (const path of [
        "/api/v1/namespaces/team",
        ...teams.flatMap(([role]) => [
          cluster(`${RBAC}/v1`, `clusterrolebindings/${role}`),
          cluster(`${RBAC}/v1`, `clusterroles/${role}`),
        ]),
        ...Object.values(people).map((name) => `${bindings}/${name}`),
        WAITING,
      ])
        await admin.delete(path);
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

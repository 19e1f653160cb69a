// Attacks of those who have a tenant's token: its people, and whoever got into one of its pods. Their rights end at its namespace.
import { type Case, core, DRY_RUN, group, PODS, pod, TENANT, WORKFLOWS, WORKLOADS, workload } from "./case.ts";
import { type Attack, casesOf, create, get, list, patch, remove } from "./request.ts";
import { userRequests } from "./user-requests.ts";

const SYSTEM = "agentic-system";
const AGENTIC = "agentic.io/v1alpha1";
const APPLY = { contentType: "application/apply-patch+yaml" };

/** What a tenant tries in another one's namespace, which needn't be there. */
const inAnother: Attack[] = [
  ["reads another tenant's workloads", list("agentworkloads", group(AGENTIC, "tenant-other", "agentworkloads"))],
  [
    "makes a workload for another tenant",
    create("agentworkloads", group(AGENTIC, "tenant-other", "agentworkloads"), workload()),
  ],
  [
    "approves another tenant's workload",
    patch("agentworkloads", group(AGENTIC, "tenant-other", "agentworkloads/x"), {
      metadata: { annotations: { "agentic.io/approval": "approve" } },
    }),
  ],
  ["reads another tenant's pods", list("pods", core("tenant-other", "pods"))],
  ["reads the logs of another tenant's pod", get("pods/log", core("tenant-other", "pods/x/log"))],
  ["reads another tenant's passwords", list("secrets", core("tenant-other", "secrets"))],
  ["reads the superuser's password", get("secrets", core("shared-services", "secrets/postgres-passwords"))],
  ["reads the object store's root key", get("secrets", core("shared-services", "secrets/minio-root"))],
  ["reads all tenants' webhook tokens", get("secrets", core("argo-events", "secrets/webhook"))],
  ["reads the state of the stack", list("secrets", core(SYSTEM, "secrets"))],
  ["runs a command in the database", create("pods/exec", core("shared-services", "pods/postgres-0/exec"))],
  ["reads the logs of the operator", get("pods/log", core(SYSTEM, "pods/x/log"))],
];

/** What somebody in a pod tries with the pod's account. */
const ofPods: Attack[] = [
  ["reads the tenant's passwords", list("secrets", core(TENANT, "secrets"))],
  ["lists the pods beside it", list("pods", PODS)],
  ["makes a pod", create("pods", PODS, pod("evil"))],
  ["runs a command in another pod", create("pods/exec", core(TENANT, "pods/x/exec"))],
  ["makes a workload", create("agentworkloads", WORKLOADS, workload())],
  [
    "approves its own workload",
    patch("agentworkloads", `${WORKLOADS}/x`, { metadata: { annotations: { "agentic.io/approval": "approve" } } }),
  ],
  ["says that its step succeeded", patch("workflows", `${WORKFLOWS}/x`, { status: { phase: "Succeeded" } })],
  [
    "takes a token of its people's account",
    create("serviceaccounts/token", core(TENANT, "serviceaccounts/tenant-user/token"), { spec: {} }),
  ],
  ["reads the nodes", list("nodes", "/api/v1/nodes")],
];

/** What somebody who took over the receiver of events tries. */
const ofReceivers: Attack[] = [
  ["reads workloads", list("agentworkloads", WORKLOADS)],
  [
    "approves a workload",
    patch("agentworkloads", `${WORKLOADS}/x`, { metadata: { annotations: { "agentic.io/approval": "approve" } } }),
  ],
  ["deletes a workload", remove("agentworkloads", `${WORKLOADS}/x`)],
  [
    "makes one where there is no tenant",
    create("agentworkloads", group(AGENTIC, "default", "agentworkloads"), workload()),
  ],
  ["makes a Workflow", create("workflows", WORKFLOWS)],
  ["reads the tenant's passwords", list("secrets", core(TENANT, "secrets"))],
];

/** Requests in another's name. */
const impersonations: Case[] = Object.entries<Record<string, string>>({
  "an administrator": { "impersonate-user": "admin", "impersonate-group": "system:masters" },
  "itself, in a group of administrators": {
    "impersonate-user": "system:serviceaccount:tenant-demo:tenant-user",
    "impersonate-group": "system:masters",
  },
  "the operator's account": { "impersonate-user": "system:serviceaccount:agentic-system:agentic-operator" },
  "another user, by its uid": { "impersonate-user": "x", "impersonate-uid": "0" },
}).map(([who, headers]) => ({
  attack: `asks as ${who}`,
  by: "RBAC",
  says: /cannot impersonate/,
  attempt: async ({ as }) => await (await as(TENANT, "tenant-user", headers)).get(WORKLOADS),
  twin: ({ user }) => user.get(WORKLOADS),
}));

/** Requests without a token. */
const unauthenticated: Case[] = ["/api", "/apis", "/api/v1/secrets", "/metrics", "/logs/"].map((path) => ({
  attack: `asks for ${path} without a token`,
  by: "the API server",
  says: /Unauthorized|forbidden/i,
  attempt: ({ anonymous }) => anonymous().get(path),
  twin: async ({ anonymous }) => await anonymous().bytes("/readyz").next(),
}));

export const userCases: Case[] = [
  ...casesOf("user", userRequests),
  ...impersonations,
  {
    attack: "says by server-side apply, as the operator's manager, that its workload is approved",
    by: "the schema's subresource",
    says: "status is not written",
    attempt: async ({ user }) => {
      const { status } = await user.patch<{ status?: object }>(
        `${WORKLOADS}/applied${DRY_RUN}&fieldManager=agentic-operator&force=true`,
        { ...workload({}, { generateName: undefined, name: "applied" }), status: { phase: "Completed" } },
        APPLY,
      );
      if (!status) throw new Error("status is not written");
    },
    twin: ({ user }) =>
      user.patch(
        `${WORKLOADS}/applied${DRY_RUN}&fieldManager=me`,
        workload({}, { generateName: undefined, name: "applied" }),
        APPLY,
      ),
  },
];
export const otherTenantCases: Case[] = casesOf("user", inAnother);
export const agentCases: Case[] = casesOf("agent", ofPods);
export const receiverCases: Case[] = casesOf("receiver", ofReceivers);
export const anonymousCases: Case[] = unauthenticated;

// Attacks of a tenant's people who would do more than their role allows: viewers, approvers, the tenant's administrators.
import { BREAK_GLASS_ROLE } from "@agentic/api/names.ts";
import { type Case, core, DRY_RUN, group, TENANT, WAITING, WORKFLOWS, WORKLOADS, workload } from "./case.ts";
import { type Attack, casesOf, create, get, list, patch, remove } from "./request.ts";

const RBAC = "rbac.authorization.k8s.io";
const bindings = group(`${RBAC}/v1`, TENANT, "rolebindings");
const answer = { metadata: { annotations: { "agentic.io/approved-by": "anna" } } };
const binding = (role: string) => ({
  metadata: { name: "x" },
  roleRef: { apiGroup: RBAC, kind: "Role", name: role },
  subjects: [{ apiGroup: RBAC, kind: "User", name: "anna" }],
});

/** What none of them may. */
const ofNobody: Attack[] = [
  ["reads the tenant's passwords", list("secrets", core(TENANT, "secrets"))],
  ["reads one password", get("secrets", core(TENANT, "secrets/postgres"))],
  ["gives somebody a role", create("rolebindings", bindings, binding("agentic-approver"))],
  ["gives itself break-glass", create("rolebindings", bindings, binding(BREAK_GLASS_ROLE))],
  [
    "sets the tenant's rules",
    patch("configmaps", core(TENANT, "configmaps/agentic-tenant"), { data: { quorum: "1" } }),
  ],
  ["makes a Workflow", create("workflows", WORKFLOWS)],
  ["opens a Workflow's gate", patch("workflows", `${WORKFLOWS}/x`, { spec: { suspend: false } })],
  [
    "writes that its workload is approved",
    patch("agentworkloads/status", `${WAITING}/status`, { status: { approval: { decision: "approve" } } }),
  ],
];

const ofViewers: Attack[] = [
  ["makes a workload", create("agentworkloads", WORKLOADS, workload())],
  ["answers at a gate", patch("agentworkloads", WAITING, answer)],
  ["deletes a workload", remove("agentworkloads", WAITING)],
  ["reads the tenant's settings", get("configmaps", core(TENANT, "configmaps/agentic-tenant"))],
  ["reads who is a member", list("rolebindings", bindings)],
];

const ofApprovers: Attack[] = [
  ["makes a workload", create("agentworkloads", WORKLOADS, workload())],
  ["deletes a workload", remove("agentworkloads", WAITING)],
];

/** An approver may patch workloads, since an answer is an annotation: all else of one is refused. */
const edits: Case[] = Object.entries<object>({
  "what the agents are to find out": { spec: { objective: "find another price" } },
  "which pages they read": { spec: { targetUrls: ["https://example.com/other"] } },
  "how sure the analysis must be": { spec: { approval: { threshold: "0.10" } } },
  "whether it waits": { spec: { suspend: false } },
  "how long it is kept": { spec: { ttlSecondsAfterFinished: 0 } },
  "its labels": { metadata: { labels: { team: "x" } } },
  "another annotation": { metadata: { annotations: { "team.example/ticket": "17" } } },
  "its finalizers": { metadata: { finalizers: ["team.example/x"] } },
}).map(([what, change]) => ({
  attack: `an approver changes ${what}`,
  by: "the admission policy editing.agentic.io",
  says: "anna may answer at the gate, and change nothing else of a workload",
  attempt: ({ approver }) => approver.patch(WAITING + DRY_RUN, change),
  twin: async ({ approver, user }) => {
    await user.patch(WAITING + DRY_RUN, change);
    return approver.patch(WAITING + DRY_RUN, answer);
  },
}));

export const memberCases: Case[] = [
  ...casesOf("viewer", [...ofNobody, ...ofViewers]),
  ...casesOf("approver", [...ofNobody, ...ofApprovers]),
  ...casesOf("tenantAdmin", ofNobody),
  ...edits,
  {
    attack: "a viewer reads what only the tenant's administrator may",
    by: "RBAC",
    says: /cannot list resource "resourcequotas"/,
    attempt: ({ viewer }) => viewer.list(core(TENANT, "resourcequotas")),
    twin: async ({ tenantAdmin }) => {
      await tenantAdmin.list(bindings);
      await tenantAdmin.list(core(TENANT, "resourcequotas"));
      return tenantAdmin.get(core(TENANT, "configmaps/agentic-tenant"));
    },
  },
];

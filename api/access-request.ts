// Break-glass: an AccessRequest asks for rights in a tenant's namespace for a time, a second person approves it, the operator gives them.
import { type Static, Type } from "typebox";
import { CEL, type CelRule } from "./agentworkload.ts";
import { column, customResource, structuralSchema } from "./crd.ts";
import { ACCESS_REQUEST, API_GROUP, API_GROUP_VERSION } from "./names.ts";
import { NOTIFY_SECRET, type PolicyRule } from "./rbac.ts";
import { SECRETS } from "./template.ts";

/** How the names of the RoleBinding and of the timer of a request begin; its own name follows. */
export const BREAK_GLASS_PREFIX = "break-glass-";

/** The most minutes that somebody gets. */
export const MAX_MINUTES = 240;

/** Minutes after which a request that nobody has approved is over. */
export const APPROVAL_MINUTES = 60;

/** A field that stays as it is asked for. */
const fixed = {
  [CEL]: [{ rule: "self == oldSelf", message: "what was asked for is immutable: make another request" }],
};

const user = (description: string, more: object = {}) =>
  Type.String({ minLength: 1, maxLength: 256, description, ...more });
const time = (description: string) => Type.Optional(Type.String({ format: "date-time", description }));

const Spec = Type.Object(
  {
    namespace: Type.String({
      pattern: "^tenant-[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$",
      maxLength: 63,
      description: "The tenant's namespace.",
      ...fixed,
    }),
    reason: Type.String({
      minLength: 10,
      maxLength: 500,
      description: "What for, such as an incident's number.",
      ...fixed,
    }),
    minutes: Type.Integer({
      minimum: 5,
      maximum: MAX_MINUTES,
      description: "How long, from the approval on.",
      ...fixed,
    }),
    requestedBy: user("Who asks and gets the rights: your own name (kubectl auth whoami).", fixed),
    approvedBy: Type.Optional(user("Who approves: another person's own name. Set once.")),
    endedBy: Type.Optional(user("Who ends it before its time, or refuses it: your own name. Set once.")),
  },
  { description: "What is asked for. Only approvedBy and endedBy are added later." },
);

export const ACCESS_PHASES = ["Requested", "Active", "Ended", "Expired"] as const;

const Status = Type.Object(
  {
    phase: Type.Optional(
      Type.Enum([...ACCESS_PHASES], {
        description:
          "Requested: nobody has approved. Active: the rights are given. Ended, Expired: they are not, for good.",
      }),
    ),
    message: Type.Optional(Type.String({ description: "The phase in a sentence." })),
    approvedAt: time("When the operator saw the approval."),
    expiresAt: time("When the rights end."),
    endedAt: time("When they were taken."),
    told: Type.Optional(
      Type.Array(Type.String(), { maxItems: 8, description: "The phases that the alarm's receiver has been told of." }),
    ),
  },
  { description: "What the operator has done." },
);

export type AccessPhase = (typeof ACCESS_PHASES)[number];
export type AccessStatus = Static<typeof Status>;

export interface AccessRequest {
  apiVersion?: string;
  kind?: string;
  metadata: { name: string; uid?: string; resourceVersion?: string; creationTimestamp?: string };
  spec: Static<typeof Spec>;
  status?: AccessStatus;
}

const once = (field: string): CelRule => ({
  rule: `!has(oldSelf.spec.${field}) || (has(self.spec.${field}) && self.spec.${field} == oldSelf.spec.${field})`,
  message: `${field} is set once and for all`,
  fieldPath: ".spec",
});

const RULES: CelRule[] = [
  {
    rule: "size(self.metadata.name) <= 50",
    message: "the name must have at most 50 characters: a RoleBinding is named after it",
  },
  once("approvedBy"),
  once("endedBy"),
  {
    rule: "!has(self.spec.approvedBy) || self.spec.approvedBy != self.spec.requestedBy",
    message: "approvedBy must be another person than requestedBy",
    fieldPath: ".spec.approvedBy",
  },
];

/** AccessRequest's CustomResourceDefinition. */
export function accessRequestCrd() {
  return customResource({
    names: ACCESS_REQUEST,
    scope: "Cluster",
    description: `A request for rights in a tenant's namespace for a time (${API_GROUP_VERSION}).`,
    columns: [
      column("Namespace", ".spec.namespace"),
      column("For", ".spec.requestedBy"),
      column("Approved by", ".spec.approvedBy"),
      column("Phase", ".status.phase"),
      column("Until", ".status.expiresAt"),
      column("Age", ".metadata.creationTimestamp", "date"),
    ],
    spec: structuralSchema(Spec, "spec"),
    status: structuralSchema(Status, "status"),
    rules: RULES,
  });
}

/** The Secrets with which agents log in to the shared services: rotation changes what somebody has read of them. */
const CREDENTIALS = (["objectStore", "postgres", "browserless", "litellm"] as const).map((key) => SECRETS[key].name);

/**
 * What somebody may do in a tenant's namespace by break-glass: see everything, and put right what runs there. No right to give
 * rights, to take a token, or to change settings or what holds the namespace closed: that would outlive the time.
 */
export const BREAK_GLASS_RULES: PolicyRule[] = [
  {
    apiGroups: [API_GROUP],
    resources: ["agentworkloads"],
    verbs: ["get", "list", "watch", "create", "update", "patch", "delete"],
  },
  // Without create and update, patch suspends and resumes schedules alone: another change would outlive the time.
  { apiGroups: [API_GROUP], resources: ["agentschedules"], verbs: ["get", "list", "watch", "patch"] },
  {
    apiGroups: ["argoproj.io"],
    resources: ["workflows"],
    verbs: ["get", "list", "watch", "patch", "delete"],
  },
  { apiGroups: ["argoproj.io"], resources: ["workflowtemplates"], verbs: ["get", "list", "watch"] },
  { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["pods/exec", "pods/portforward"], verbs: ["create"] },
  // By name: other Secrets are tokens of accounts. Read only, as settings are: what is changed stays changed.
  { apiGroups: [""], resources: ["secrets"], resourceNames: [...CREDENTIALS, NOTIFY_SECRET], verbs: ["get"] },
  {
    apiGroups: [""],
    resources: ["configmaps", "events", "serviceaccounts", "resourcequotas", "limitranges"],
    verbs: ["get", "list", "watch"],
  },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: ["get", "list", "watch"] },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: ["get", "list", "watch"] },
];

const READ = ["get", "list", "watch"];
const requests = { apiGroups: [API_GROUP], resources: [ACCESS_REQUEST.plural] };

/** The RBAC verb, on `accessrequests`, that lets somebody approve what others ask for. */
export const APPROVE_VERB = "approve";

/** ClusterRoles for people, by name: who may ask, and who may approve. Bound to nobody by the platform. */
export const BREAK_GLASS_CLUSTER_ROLES: Record<string, PolicyRule[]> = {
  "agentic-break-glass-requester": [{ ...requests, verbs: [...READ, "create", "patch"] }],
  "agentic-break-glass-approver": [{ ...requests, verbs: [...READ, "patch", APPROVE_VERB] }],
};

// The webhook's contract: the events, and the AgentWorkload that each becomes. Argo Events and the built-in receiver both
// follow it, so that one `curl` works with either.
import { type Static, Type } from "typebox";
import type { AgentWorkload } from "./agentworkload.ts";
import { JOB_ID_PATTERN, URL_PATTERN } from "./fields.ts";
import { AGENT_WORKLOAD, API_GROUP, API_GROUP_VERSION, DNS_LABEL, tenantNamespace } from "./names.ts";

/** Where the webhook listens: the Service `webhook` of namespace argo-events. */
export const WEBHOOK = {
  service: "webhook",
  port: 12_000,
  /** Answers 200 without a token, for probes and load balancers. */
  healthPath: "/health",
  /** Largest body in bytes. The URLs of a workload have at most 131 kB. */
  maxBodyBytes: 262_144,
  /** Secret in the same namespace; callers send its value as `Authorization: Bearer <token>`. */
  secret: { name: "webhook", key: "token" },
} as const;

/** The kinds of events, each with the path it is posted to. */
export const EVENTS = { document: "/document", workload: "/workload" } as const;
export type EventKind = keyof typeof EVENTS;

/** Label of workloads that an event created; its value is the event's kind. */
export const EVENT_LABEL = `${API_GROUP}/event`;

/** Objective of a document event that has none. */
export const DEFAULT_OBJECTIVE = "Summarize the document: what it is about, what it states, and what follows from it.";

/** Valid names of tenants, as in the stack's config. */
const TENANT_PATTERN = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$";

const envelope = {
  tenant: Type.String({
    pattern: TENANT_PATTERN,
    description: "Tenant of the workload; its namespace is tenant-<tenant>.",
  }),
  name: Type.Optional(
    Type.String({
      // Also valid as a job id.
      pattern: DNS_LABEL,
      description:
        "Name of the AgentWorkload; if one of that name exists, nothing changes. Default: from jobId, else a new name.",
    }),
  ),
  jobId: Type.Optional(Type.String({ pattern: JOB_ID_PATTERN, description: "Id of the job. Default: the name." })),
};
const url = Type.String({ minLength: 8, maxLength: 2048, pattern: URL_PATTERN });

/** Body of `POST /document`: either `url` or `urls`. */
export const DocumentEventSchema = Type.Object(
  {
    ...envelope,
    url: Type.Optional(url),
    urls: Type.Optional(Type.Array(url, { minItems: 1, maxItems: 100 })),
    objective: Type.Optional(Type.String({ minLength: 1, maxLength: 1000, description: "Default: a summary." })),
  },
  { additionalProperties: false },
);

/** Body of `POST /workload`: a tenant, perhaps a name, and the fields of an AgentWorkload's spec, which admission checks. */
export const WorkloadEventSchema = Type.Object({
  ...envelope,
  objective: Type.String(),
  targetUrls: Type.Array(Type.String(), { minItems: 1 }),
});

export type DocumentEvent = Static<typeof DocumentEventSchema>;
export type WorkloadEvent = Static<typeof WorkloadEventSchema> & Record<string, unknown>;

/** An AgentWorkload to create: it has a name, or the beginning of one that the API server completes. */
export interface NewWorkload extends Omit<AgentWorkload, "metadata" | "status" | "spec"> {
  metadata: { namespace: string; name?: string; generateName?: string; labels: Record<string, string> };
  spec: Record<string, unknown>;
}

/** The AgentWorkload of an event that satisfies its schema. The Sensors' jq programs do the same. */
export function workloadOf(kind: "document", event: DocumentEvent): NewWorkload;
export function workloadOf(kind: "workload", event: WorkloadEvent): NewWorkload;
export function workloadOf(kind: EventKind, event: DocumentEvent | WorkloadEvent): NewWorkload {
  const { tenant, name, ...rest } = event;
  const workloadName = name ?? rest.jobId?.toLowerCase().replaceAll("_", "-");
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: {
      namespace: tenantNamespace(tenant),
      ...(workloadName === undefined ? { generateName: `${kind}-` } : { name: workloadName }),
      labels: { [EVENT_LABEL]: kind },
    },
    spec: kind === "document" ? documentSpec(rest as DocumentEvent) : rest,
  };
}

function documentSpec({ url, urls, objective, jobId }: DocumentEvent): Record<string, unknown> {
  return {
    ...(jobId === undefined ? {} : { jobId }),
    objective: objective ?? DEFAULT_OBJECTIVE,
    targetUrls: urls ?? [url],
  };
}

// The webhook's contract: the events, and the AgentWorkload that each becomes. Argo Events and the built-in receiver both
// follow it, so that one `curl` works with either.
import { type Static, Type } from "typebox";
import type { AgentWorkload } from "./agentworkload.ts";
import { JOB_ID_PATTERN, URL_PATTERN } from "./fields.ts";
import {
  AGENT_WORKLOAD,
  ANNOTATIONS,
  API_GROUP,
  API_GROUP_VERSION,
  DNS_LABEL,
  NAMESPACES,
  tenantNamespace,
} from "./names.ts";

/** Where the webhook listens: the Service `webhook` of namespace argo-events. */
export const WEBHOOK = {
  service: "webhook",
  port: 12_000,
  /** Answers 200 without a token, for probes and load balancers. */
  healthPath: "/health",
  /** Largest body in bytes. The URLs of a workload have at most 131 kB. */
  maxBodyBytes: 262_144,
  /** Secret in the same namespace: a token for each tenant that takes events, under the tenant's name. */
  secret: "webhook",
} as const;

/** Key of a tenant's token that a newer one takes the place of, for as long as both are good. */
export function previousToken(tenant: string): string {
  return `${tenant}.previous`;
}

/** The kinds of events. */
export const EVENT_KINDS = ["document", "workload"] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Where a tenant's events of a kind are posted to. */
export function eventPath(tenant: string, kind: EventKind): string {
  return `/${tenant}/${kind}`;
}

/** Headers of a signed event, and how long a signature is valid: the Standard Webhooks specification 1.0.0. */
export const SIGNED = {
  id: "webhook-id",
  /** When it was signed: seconds since 1970. */
  timestamp: "webhook-timestamp",
  /** One or more, separated by spaces: `v1,` and the HMAC-SHA256 of `<id>.<timestamp>.<body>` in base64. */
  signature: "webhook-signature",
  /** Most seconds between the timestamp and the receiver's clock: the value of the specification's own libraries. */
  toleranceSeconds: 300,
} as const;

/** What a token begins with, before the key of its signatures in base64, as the specification writes keys. */
export const TOKEN_PREFIX = "whsec_";
/** A whole token. */
export const TOKEN_PATTERN = `^${TOKEN_PREFIX}[A-Za-z0-9+/]{32,88}={0,2}$`;

/** A delivery's id that a workload can be named after: a name has no more characters. */
export const DELIVERY_ID_PATTERN = "^[A-Za-z0-9_-]{0,49}[A-Za-z0-9]$";

/** Label of workloads that an event created; its value is the event's kind. */
export const EVENT_LABEL = `${API_GROUP}/event`;

/** Objective of a document event that has none. */
export const DEFAULT_OBJECTIVE = "Summarize the document: what it is about, what it states, and what follows from it.";

/** Valid names of tenants, as in the stack's config. */
export const TENANT_PATTERN = "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$";

const envelope = {
  tenant: Type.Optional(
    Type.String({
      pattern: TENANT_PATTERN,
      description: "Tenant of the workload; its namespace is tenant-<tenant>. Default, and else refused: the path's.",
    }),
  ),
  name: Type.Optional(
    Type.String({
      // Also valid as a job id.
      pattern: DNS_LABEL,
      description:
        "Name of the AgentWorkload; if one of that name exists, nothing changes. Default: from jobId, else from the delivery's id.",
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
  metadata: {
    namespace: string;
    name?: string;
    generateName?: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  };
  spec: Record<string, unknown>;
}

/** The tenant that an event is for, and the delivery that brings it. */
export interface Delivery {
  tenant: string;
  /** The sender's `webhook-id`: the same for every try to deliver one event. */
  id?: string;
  /** The sender's header `traceparent`: the span that the workload is a part of. */
  traceparent?: string | undefined;
  /** Who makes the workload, as the API server knows them: {@link eventSubmitter}. */
  submittedBy: string;
}

/** Service account of the built-in receiver. */
export const RECEIVER_ACCOUNT = "event-receiver";

/** Service account of the Sensor of a kind of event. */
export const sensorAccount = (kind: EventKind): string => `${kind}-sensor`;

/** An account that makes workloads of events, as the API server knows it. */
export const eventSubmitter = (account: string, namespace: string = NAMESPACES.argoEvents): string =>
  `system:serviceaccount:${namespace}:${account}`;

/** The AgentWorkload of an event that satisfies its schema. The Sensors' jq programs do the same. */
export function workloadOf(kind: "document", event: DocumentEvent, delivery: Delivery): NewWorkload;
export function workloadOf(kind: "workload", event: WorkloadEvent, delivery: Delivery): NewWorkload;
export function workloadOf(kind: EventKind, event: DocumentEvent | WorkloadEvent, delivery: Delivery): NewWorkload {
  const { tenant: _, name, ...rest } = event;
  const workloadName = name ?? asName(rest.jobId) ?? (delivery.id && `${kind}-${asName(delivery.id)}`);
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: {
      namespace: tenantNamespace(delivery.tenant),
      ...(workloadName === undefined ? { generateName: `${kind}-` } : { name: workloadName }),
      labels: { [EVENT_LABEL]: kind },
      annotations: {
        [ANNOTATIONS.submittedBy]: delivery.submittedBy,
        ...(delivery.traceparent ? { [ANNOTATIONS.traceparent]: delivery.traceparent } : {}),
      },
    },
    spec: kind === "document" ? documentSpec(rest as DocumentEvent) : rest,
  };
}

function asName(id: string | undefined): string | undefined {
  return id?.toLowerCase().replaceAll("_", "-");
}

function documentSpec({ url, urls, objective, jobId }: DocumentEvent): Record<string, unknown> {
  return {
    ...(jobId === undefined ? {} : { jobId }),
    objective: objective ?? DEFAULT_OBJECTIVE,
    targetUrls: urls ?? [url],
  };
}

// The AgentWorkload contract: these schemas are its one source; the types and the CRD's OpenAPI schema follow from them.
import { type Static, type TSchemaOptions, Type } from "typebox";
import { DEFAULT_WORKFLOW_TEMPLATE } from "./names.ts";
import { DEFAULTS, PHASES } from "./phases.ts";
import { NOTIFY_SECRET } from "./rbac.ts";

/** A CEL rule as Kubernetes evaluates it at admission. `fieldPath` says where the error points. */
export interface CelRule {
  rule: string;
  message: string;
  fieldPath?: string;
  reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired";
}

/** Key under which a schema carries its CEL rules, in TypeBox as in a CRD. */
export const CEL = "x-kubernetes-validations";

function cel(...rules: CelRule[]): TSchemaOptions {
  return { [CEL]: rules };
}

/** Longest duration that any field takes, in hours. */
export const MAX_HOURS = 168;

/** Job ids: what is safe in labels, object keys and thread ids alike. */
export const JOB_ID_PATTERN = "^[a-zA-Z0-9_-]{1,63}$";

/** http(s), a host without user info, no blanks, no braces (braces are the templates' substitution syntax). */
export const URL_PATTERN = '^https?://[^\\s/?#@\\\\{}"<>^`|]+([/?#][^\\s\\\\{}"<>^`|]*)?$';

const DURATION_PATTERN = "^([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?$";
const QUANTITY_PATTERN = "^[0-9]{1,9}(\\.[0-9]{1,3})?(m|k|Ki|M|Mi|G|Gi)?$";
const KEY_SEGMENT = "[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*";

/** Argo replaces `{{…}}` wherever it meets it, in values too, so text from users must not hold it. */
const NO_TEMPLATE_TAG: CelRule = {
  rule: "!self.contains('{{')",
  message: "must not contain '{{', which workflow templates would substitute",
};

function duration(description: string, byDefault: string) {
  return Type.String({
    description,
    default: byDefault,
    minLength: 2,
    maxLength: 24,
    pattern: DURATION_PATTERN,
    ...cel({
      rule: `self.matches('^([0-9]{1,7}h)?([0-9]{1,7}m)?([0-9]{1,7}s)?$') && size(self) > 1 && duration(self) > duration('0s') && duration(self) <= duration('${MAX_HOURS}h')`,
      message: `must be a duration of more than 0s and at most ${MAX_HOURS}h, such as 90s, 30m or 1h30m`,
    }),
  });
}

function quantity(description: string) {
  return Type.Optional(Type.String({ description, maxLength: 20, pattern: QUANTITY_PATTERN }));
}

const Resources = Type.Object(
  { cpu: quantity("CPU, such as 500m"), memory: quantity("Memory, such as 512Mi") },
  { description: "Amounts for every agent container of the run." },
);

const Orchestration = Type.Object({
  workflowTemplateRef: Type.Optional(
    Type.Object(
      {
        name: Type.Optional(
          Type.String({
            description: "Name of the template.",
            default: DEFAULT_WORKFLOW_TEMPLATE,
            minLength: 1,
            maxLength: 253,
            pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
          }),
        ),
        clusterScope: Type.Optional(
          Type.Boolean({
            description: "true: a ClusterWorkflowTemplate; false: a WorkflowTemplate of the workload's namespace.",
            default: false,
          }),
        ),
      },
      { description: "The template that the workload runs.", default: {} },
    ),
  ),
});

const Artifacts = Type.Object({
  bucket: Type.Optional(
    Type.String({
      description: "Bucket for the artifacts. Default: the tenant's, else artifacts.",
      minLength: 3,
      maxLength: 63,
      pattern: "^[a-z0-9][a-z0-9.-]*[a-z0-9]$",
    }),
  ),
  prefix: Type.Optional(
    Type.String({
      description: "Key prefix of the artifacts, without slashes at its ends. Default: job_<jobId>.",
      minLength: 1,
      maxLength: 200,
      pattern: `^${KEY_SEGMENT}(/${KEY_SEGMENT})*$`,
    }),
  ),
  cache: Type.Optional(
    Type.Boolean({
      description: "Reuse what an earlier run left under the prefix; needs a template that supports it.",
      default: false,
    }),
  ),
});

const ApprovalSpec = Type.Object(
  {
    mode: Type.Optional(
      Type.Enum(["auto", "manual"], {
        description: "Who decides at the gate: auto, the policy engine; manual, a person.",
        default: DEFAULTS.mode,
      }),
    ),
    policy: Type.Optional(
      Type.Enum(["strict", "permissive"], {
        description: "Mode auto: strict also refuses on findings of high severity; permissive only on critical ones.",
        default: DEFAULTS.policy,
      }),
    ),
    threshold: Type.Optional(
      Type.String({
        description: "Mode auto: the least confidence that passes, 0.00–1.00 with two decimals.",
        default: DEFAULTS.threshold,
        maxLength: 4,
        pattern: "^(0\\.[0-9]{2}|1\\.00)$",
      }),
    ),
    timeout: Type.Optional(duration("How long the gate waits; then the answer is no.", "30m")),
  },
  cel({
    rule: `!has(self.mode) || self.mode != 'manual' || ((!has(self.policy) || self.policy == '${DEFAULTS.policy}') && (!has(self.threshold) || self.threshold == '${DEFAULTS.threshold}'))`,
    message: "in mode manual a person decides: leave out policy and threshold",
  }),
);

const Notify = Type.Object({
  url: Type.String({
    description: "Where to POST the event.",
    minLength: 8,
    maxLength: 2048,
    pattern: URL_PATTERN,
  }),
  events: Type.Optional(
    Type.Array(Type.Enum(["Running", "AwaitingApproval", "Completed", "Failed", "Denied"]), {
      description: "Phases that are told.",
      default: ["Completed", "Failed", "Denied"],
      minItems: 1,
      maxItems: 5,
      "x-kubernetes-list-type": "set",
    }),
  ),
  secretRef: Type.Optional(
    Type.Object(
      {
        name: Type.Optional(
          Type.String({
            description: "Unless the platform's owner allows more, the operator may read only the one called notify.",
            default: NOTIFY_SECRET,
            minLength: 1,
            maxLength: 253,
            pattern: "^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$",
          }),
        ),
        key: Type.Optional(Type.String({ minLength: 1, maxLength: 253, pattern: "^[-._a-zA-Z0-9]+$", default: "key" })),
      },
      { description: "Secret of the workload's namespace whose value signs the body (HMAC-SHA256)." },
    ),
  ),
});

/** Spec fields that make the run; fixed once its Workflow exists. */
export const RUN_FIELDS = [
  "objective",
  "targetUrls",
  "orchestration",
  "artifacts",
  "approval",
  "resources",
  "model",
  "clusterRef",
] as const;

export const AgentWorkloadSpecSchema = Type.Object(
  {
    objective: Type.String({
      description: "What to find out, in words.",
      minLength: 1,
      maxLength: 1000,
      pattern: "\\S",
      ...cel(NO_TEMPLATE_TAG),
    }),
    jobId: Type.Optional(
      Type.String({
        description: "Id of the job in artifacts, labels and checkpoints. Default: the workload's name.",
        maxLength: 63,
        pattern: JOB_ID_PATTERN,
      }),
    ),
    targetUrls: Type.Array(Type.String({ minLength: 8, maxLength: 2048, pattern: URL_PATTERN }), {
      description: "The pages to read, http or https.",
      minItems: 1,
      maxItems: 100,
      "x-kubernetes-list-type": "atomic",
    }),
    orchestration: Type.Optional(Type.Object(Orchestration.properties, { default: {} })),
    parameters: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          "More parameters of the template. Any JSON: objects and arrays pass as JSON strings. The platform's own cannot be set.",
        maxProperties: 50,
      }),
    ),
    artifacts: Type.Optional(Type.Object(Artifacts.properties, { default: {} })),
    approval: Type.Optional(Type.Object(ApprovalSpec.properties, { default: {}, [CEL]: celOf(ApprovalSpec) })),
    timeouts: Type.Optional(
      Type.Object(
        {
          execution: Type.Optional(
            duration("How long the steps may run altogether; time at the gate does not count.", DEFAULTS.execution),
          ),
          pending: Type.Optional(duration("How long the run may wait for its start.", DEFAULTS.pending)),
        },
        { default: {} },
      ),
    ),
    retry: Type.Optional(
      Type.Object(
        {
          limit: Type.Optional(
            Type.Integer({
              description: "How often a failed run is started again, from its checkpoints.",
              default: 0,
              minimum: 0,
              maximum: 10,
            }),
          ),
          backoff: Type.Optional(duration("Wait before the first retry; doubles each time.", DEFAULTS.backoff)),
        },
        { default: {} },
      ),
    ),
    resources: Type.Optional(
      Type.Object(
        { requests: Type.Optional(Resources), limits: Type.Optional(Resources) },
        { description: "Resources of the agents' containers; needs a template that supports it." },
      ),
    ),
    model: Type.Optional(
      Type.String({
        description: "Model, by the name the gateway knows it. Default: the tenant's.",
        minLength: 1,
        maxLength: 128,
        pattern: "^[A-Za-z0-9][A-Za-z0-9._:/@-]*$",
      }),
    ),
    notify: Type.Optional(
      Type.Array(Notify, { maxItems: 10, "x-kubernetes-list-type": "atomic", description: "Webhooks to tell." }),
    ),
    clusterRef: Type.Optional(
      Type.String({
        description: "The cluster to run on. Only local, this one, is supported.",
        maxLength: 63,
        pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        default: "local",
      }),
    ),
    suspend: Type.Optional(
      Type.Boolean({ description: "true: start nothing, or nothing more, until false again.", default: false }),
    ),
    ttlSecondsAfterFinished: Type.Optional(
      Type.Integer({
        description: "Delete the workload, its Workflow and pods this long after its end. Absent: keep.",
        minimum: 0,
        maximum: 31_536_000,
      }),
    ),
  },
  {
    description: "What shall be done, and how.",
    ...cel({
      rule: "has(self.jobId) == has(oldSelf.jobId) && (!has(self.jobId) || self.jobId == oldSelf.jobId)",
      message: "jobId is immutable: make a new AgentWorkload instead",
      fieldPath: ".jobId",
      reason: "FieldValueForbidden",
    }),
  },
);

function celOf(schema: object): CelRule[] {
  return (schema as { [CEL]?: CelRule[] })[CEL] ?? [];
}

const time = (description: string) => Type.Optional(Type.String({ description, format: "date-time" }));
const text = (description: string) => Type.Optional(Type.String({ description }));

const Condition = Type.Object({
  type: Type.String({ maxLength: 316 }),
  status: Type.Enum(["True", "False", "Unknown"]),
  reason: Type.String({ maxLength: 1024 }),
  message: Type.String({ maxLength: 32768 }),
  lastTransitionTime: Type.String({ format: "date-time" }),
  observedGeneration: Type.Optional(Type.Integer()),
});

export const AgentWorkloadStatusSchema = Type.Object(
  {
    phase: Type.Optional(Type.Enum([...PHASES])),
    argoWorkflow: Type.Optional(
      Type.Object({
        name: Type.String(),
        namespace: Type.String(),
        uid: Type.String(),
        createdAt: time("When the Workflow was made."),
      }),
    ),
    argoPhase: Type.Optional(Type.Enum(["Pending", "Running", "Suspended", "Succeeded", "Failed", "Error"])),
    currentNode: text("The step that runs or waits now; several are joined by a comma."),
    nodes: Type.Optional(
      Type.Object(
        { total: Type.Integer(), succeeded: Type.Integer(), failed: Type.Integer() },
        {
          description: "Counts of the run's steps.",
        },
      ),
    ),
    workflowArtifacts: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Artifact name → s3 URI." }),
    ),
    approval: Type.Optional(
      Type.Object({
        decision: Type.Optional(
          Type.Enum(["pending", "approve", "deny"], { description: "The gate's answer; pending while it waits." }),
        ),
        by: text("opa, timeout, or the user who decided."),
        confidence: Type.Optional(Type.Number({ description: "The analysis's confidence, 0..1." })),
        reason: text("Why."),
        at: time("When it was decided."),
      }),
    ),
    attempt: Type.Optional(Type.Integer({ description: "Runs before this one." })),
    conditions: Type.Optional(
      Type.Array(Condition, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] }),
    ),
    notifications: Type.Optional(
      Type.Array(
        Type.Object({
          url: Type.String(),
          event: Type.String(),
          state: Type.Enum(["Pending", "Delivered", "Failed"]),
          message: text("Why it failed."),
          at: time("When its state changed."),
        }),
        { "x-kubernetes-list-type": "atomic" },
      ),
    ),
    observedGeneration: Type.Optional(Type.Integer()),
    message: text("One sentence on where the workload stands."),
    startedAt: time("When the run's first step started."),
    completedAt: time("When the workload reached its final phase."),
  },
  { description: "Where the workload stands; written by the operator." },
);

export type AgentWorkloadSpec = Static<typeof AgentWorkloadSpecSchema>;
export type AgentWorkloadStatus = Static<typeof AgentWorkloadStatusSchema>;
export type WorkloadCondition = Static<typeof Condition>;
export type WorkloadNotification = NonNullable<AgentWorkloadStatus["notifications"]>[number];

/** The parts of Kubernetes' object metadata that the platform uses. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }[];
}

/** An AgentWorkload as the API server returns it. */
export interface AgentWorkload {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: AgentWorkloadSpec;
  status?: AgentWorkloadStatus;
}

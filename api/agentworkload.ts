// The AgentWorkload contract: these schemas are its one source; the types and the CRD's OpenAPI schema follow from them.
import { type Static, Type } from "typebox";
import { DEFAULT_EXECUTION_RULE } from "./execution.ts";
import {
  CEL,
  type CelRule,
  cel,
  duration,
  JOB_ID_PATTERN,
  NO_TEMPLATE_TAG,
  NO_VARIABLE,
  URL_PATTERN,
} from "./fields.ts";
import { CEL_JSON_LIST_BYTES, MAX_GIVEN_PARAMETERS_BYTES, MAX_GIVEN_VALUE_BYTES, MAX_VALUE_BYTES } from "./limits.ts";
import { DEFAULTS } from "./phases.ts";
import { ApprovalSpec, Artifacts, BrowserSpec, Budget, Notify, Orchestration, Resources } from "./spec-parts.ts";
import type { AgentWorkloadStatusSchema, Condition, StepRetrySchema } from "./status.ts";
import { MODEL_NAME } from "./template.ts";

export { CEL, type CelRule, JOB_ID_PATTERN, MAX_HOURS, URL_PATTERN } from "./fields.ts";
export { AgentWorkloadStatusSchema } from "./status.ts";

function celOf(schema: object): CelRule[] {
  return (schema as { [CEL]?: CelRule[] })[CEL] ?? [];
}

/** Spec fields that the run is made of; immutable once its Workflow exists. */
export const RUN_FIELDS = [
  "objective",
  "targetUrls",
  "orchestration",
  "artifacts",
  "browser",
  "approval",
  "resources",
  "model",
  "clusterRef",
] as const;

/** All that the run is made of: its schema can't compare `parameters`, which may be any JSON, and `jobId` never changes. */
export const BOUND_FIELDS = [...RUN_FIELDS, "parameters", "jobId"] as const;

export const AgentWorkloadSpecSchema = Type.Object(
  {
    objective: Type.String({
      description: "What to find out, in plain language.",
      minLength: 1,
      maxLength: 1000,
      pattern: "\\S",
      ...cel(NO_TEMPLATE_TAG, NO_VARIABLE),
    }),
    jobId: Type.Optional(
      Type.String({
        description:
          "Id of the job in artifacts and labels. Default: the workload's name. Of workloads with one job id, or that write to the same place, one runs at a time, and each replaces the artifacts of the one before.",
        maxLength: 63,
        pattern: JOB_ID_PATTERN,
      }),
    ),
    targetUrls: Type.Array(Type.String({ minLength: 8, maxLength: 2048, pattern: URL_PATTERN }), {
      description: `URLs of the pages to read, http or https. As a JSON array they have at most ${MAX_VALUE_BYTES} bytes, the most that a step can receive.`,
      minItems: 1,
      maxItems: 100,
      "x-kubernetes-list-type": "atomic",
      ...cel({
        rule: `${CEL_JSON_LIST_BYTES} <= ${MAX_VALUE_BYTES}`,
        message: `the URLs together are too long: as a JSON array they must have at most ${MAX_VALUE_BYTES} bytes (UTF-8), the most that a step can receive; split them over several workloads`,
      }),
    }),
    orchestration: Type.Optional(Type.Object(Orchestration.properties, { default: {} })),
    parameters: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Unknown({ maxLength: MAX_GIVEN_VALUE_BYTES, maxItems: 1000, maxProperties: 200 }),
        {
          description: `More parameters of the template. A value may be any JSON of at most ${MAX_GIVEN_VALUE_BYTES} bytes, all values together ${MAX_GIVEN_PARAMETERS_BYTES}; objects and arrays are passed as JSON strings. Parameters that the platform sets are refused.`,
          maxProperties: 50,
        },
      ),
    ),
    artifacts: Type.Optional(Type.Object(Artifacts.properties, { default: {} })),
    browser: Type.Optional(Type.Object(BrowserSpec.properties, { default: {}, description: "How pages are drawn." })),
    approval: Type.Optional(Type.Object(ApprovalSpec.properties, { default: {}, [CEL]: celOf(ApprovalSpec) })),
    timeouts: Type.Optional(
      Type.Object(
        {
          execution: Type.Optional(
            duration(
              `How long the steps may run altogether; time at the gate and time suspended do not count. Default: ${DEFAULT_EXECUTION_RULE}. The condition TimeSuffices warns of a time that is short for the number of URLs.`,
            ),
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
        {
          description:
            "Resources of the agents' containers; refused unless the template declares parameters for them. The platform's templates don't: in Argo only podSpecPatch can set a container's resources from a parameter, and tenants must not use it. Run a template of another size instead.",
        },
      ),
    ),
    model: Type.Optional(
      Type.String({
        description: "Name of the model, as the gateway knows it. Default: the tenant's.",
        minLength: 1,
        maxLength: MODEL_NAME.maxLength,
        pattern: MODEL_NAME.pattern,
      }),
    ),
    budget: Type.Optional(Budget),
    notify: Type.Optional(
      Type.Array(Notify, {
        maxItems: 10,
        "x-kubernetes-list-type": "atomic",
        description: "Webhooks that are called when the workload reaches a phase.",
      }),
    ),
    clusterRef: Type.Optional(
      Type.String({
        description: "The cluster to run on. Only local, which is this cluster, is supported.",
        maxLength: 63,
        pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
        default: "local",
      }),
    ),
    suspend: Type.Optional(
      Type.Boolean({
        description: "true: start no step until it is false again; steps that run go on.",
        default: false,
      }),
    ),
    ttlSecondsAfterFinished: Type.Optional(
      Type.Integer({
        description: "Delete the workload, its Workflow and pods this many seconds after its end. Absent: keep them.",
        minimum: 0,
        maximum: 31_536_000,
      }),
    ),
  },
  {
    description: "What the agents do, and how.",
    ...cel({
      rule: "has(self.jobId) == has(oldSelf.jobId) && (!has(self.jobId) || self.jobId == oldSelf.jobId)",
      message: "jobId is immutable: make a new AgentWorkload instead",
      fieldPath: ".jobId",
      reason: "FieldValueForbidden",
    }),
  },
);

export type AgentWorkloadSpec = Static<typeof AgentWorkloadSpecSchema>;
export type AgentWorkloadStatus = Static<typeof AgentWorkloadStatusSchema>;
export type StepRetry = Static<typeof StepRetrySchema>;
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

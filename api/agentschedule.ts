// The AgentSchedule contract: makes AgentWorkloads at the times of a cron expression. Its schemas are its one source.
import { type Static, Type } from "typebox";
import { AgentWorkloadSpecSchema, type ObjectMeta } from "./agentworkload.ts";
import { column, customResource, structuralSchema } from "./crd.ts";
import { CRON_RULES, ZONE_RULES } from "./cron-admission.ts";
import { type CelRule, cel, JOB_ID_PATTERN } from "./fields.ts";
import { AGENT_SCHEDULE, API_GROUP, API_GROUP_VERSION } from "./names.ts";
import { CONCURRENCY_POLICIES, MAX_LISTED, MAX_SCHEDULE_NAME, SCHEDULE_DEFAULTS } from "./schedule-names.ts";
import { Condition } from "./status.ts";
import { ZONE_PATTERN } from "./zone-offset.ts";

const time = (description: string) => Type.Optional(Type.String({ description, format: "date-time" }));

const Schedule = Type.Object(
  {
    cron: Type.String({
      description: `When: minute, hour, day of the month, month, day of the week, as Kubernetes' CronJob takes them, or @hourly, @daily, @weekly, @monthly, @yearly.`,
      minLength: 1,
      maxLength: 100,
      ...cel(...CRON_RULES),
    }),
    timeZone: Type.Optional(
      Type.String({
        description:
          "The time zone of these times, of the IANA database. What its clocks leave out in spring doesn't come; what they show twice in autumn comes twice.",
        default: SCHEDULE_DEFAULTS.timeZone,
        minLength: 1,
        maxLength: 64,
        pattern: ZONE_PATTERN,
        ...cel(...ZONE_RULES),
      }),
    ),
    concurrencyPolicy: Type.Optional(
      Type.Enum([...CONCURRENCY_POLICIES], {
        description:
          "When a time comes while a workload of the schedule has not ended: Allow: another one is made beside it; Forbid: none is, until it has ended; Replace: it is deleted, and the new one is made.",
        default: SCHEDULE_DEFAULTS.concurrencyPolicy,
      }),
    ),
    startingDeadlineSeconds: Type.Optional(
      Type.Integer({
        description:
          "How late a workload may be made that could not be at its time. Absent: however late. Of several missed times only the last is made up.",
        minimum: 0,
        maximum: 31_536_000,
      }),
    ),
    suspend: Type.Optional(
      Type.Boolean({
        description: "true: make no more workloads until it is false again; those that run go on.",
        default: false,
      }),
    ),
    historyLimits: Type.Optional(
      Type.Object(
        {
          successful: Type.Optional(
            Type.Integer({
              description: "Workloads in phase Completed.",
              default: SCHEDULE_DEFAULTS.successful,
              minimum: 0,
              maximum: 1000,
            }),
          ),
          failed: Type.Optional(
            Type.Integer({
              description: "Workloads in phase Failed or Denied.",
              default: SCHEDULE_DEFAULTS.failed,
              minimum: 0,
              maximum: 1000,
            }),
          ),
        },
        {
          default: {},
          description: "How many workloads that have ended are kept; older ones are deleted. Their artifacts stay.",
        },
      ),
    ),
  },
  { description: "When workloads are made." },
);

const { jobId: _, ...workloadFields } = AgentWorkloadSpecSchema.properties;

const pairs = (description: string, value: { maxLength: number; pattern?: string }) =>
  Type.Optional(
    Type.Record(Type.String(), Type.String(value), {
      description,
      maxProperties: 50,
      ...cel({
        rule: `self.all(key, !key.contains('${API_GROUP}/'))`,
        message: `keys of ${API_GROUP}/ are the platform's to set`,
      }),
    }),
  );

const WorkloadTemplate = Type.Object(
  {
    metadata: Type.Optional(
      Type.Object(
        {
          labels: pairs("Labels of each workload.", {
            maxLength: 63,
            pattern: "^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$",
          }),
          annotations: pairs("Annotations of each workload.", { maxLength: 4096 }),
        },
        { description: "Metadata of each workload." },
      ),
    ),
    spec: Type.Object(
      {
        ...workloadFields,
        jobId: Type.Optional(
          Type.String({
            description: `How the ids of the jobs begin; the scheduled time follows, as in <jobId>-20261130-0600. Default: the schedule's name.`,
            maxLength: MAX_SCHEDULE_NAME,
            pattern: JOB_ID_PATTERN,
          }),
        ),
      },
      { description: "The spec of each workload, as an AgentWorkload has it." },
    ),
  },
  { description: "The AgentWorkload that is made at each time." },
);

export const AgentScheduleSpecSchema = Type.Object(
  { schedule: Schedule, workload: WorkloadTemplate },
  { description: "What is to run, and when." },
);

const Made = Type.Object({
  name: Type.String({ description: "Name of the AgentWorkload." }),
  scheduledTime: time("The time that it is for."),
});

const Status = Type.Object(
  {
    active: Type.Optional(
      Type.Array(Made, {
        "x-kubernetes-list-type": "atomic",
        maxItems: MAX_LISTED,
        description: `Workloads of the schedule that have not ended, the newest ${MAX_LISTED}.`,
      }),
    ),
    activeCount: Type.Optional(Type.Integer({ description: "How many have not ended." })),
    lastScheduleTime: time("The last time that a workload was made for."),
    lastSuccessfulTime: time("When a workload of the schedule was last Completed."),
    lastMissedTime: time("The last time for which no workload was made, since it was too late."),
    nextScheduleTime: time("When the next workload is due; absent while suspended."),
    conditions: Type.Optional(
      Type.Array(Condition, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"] }),
    ),
    observedGeneration: Type.Optional(Type.Integer()),
  },
  { description: "The schedule's state, as the operator observed it." },
);

export type AgentScheduleSpec = Static<typeof AgentScheduleSpecSchema>;
export type AgentScheduleStatus = Static<typeof Status>;

/** An AgentSchedule as the API server returns it. */
export interface AgentSchedule {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec: AgentScheduleSpec;
  status?: AgentScheduleStatus;
}

const RULES: CelRule[] = [
  {
    rule: `size(self.metadata.name) <= ${MAX_SCHEDULE_NAME}`,
    message: `the name must have at most ${MAX_SCHEDULE_NAME} characters: workloads are named after it and their time`,
  },
  {
    rule: `has(self.spec.workload.spec.jobId) || self.metadata.name.matches('${JOB_ID_PATTERN}')`,
    message: "jobId defaults to the name, which has characters that a job id can't have: set spec.workload.spec.jobId",
    fieldPath: ".spec.workload.spec.jobId",
  },
];

/** AgentSchedule's CustomResourceDefinition. */
export function agentScheduleCrd() {
  return customResource({
    names: AGENT_SCHEDULE,
    categories: ["agentic"],
    scope: "Namespaced",
    description: `AgentWorkloads that are made at the times of a cron expression (${API_GROUP_VERSION}).`,
    columns: [
      column("Schedule", ".spec.schedule.cron"),
      column("Time zone", ".spec.schedule.timeZone"),
      column("Suspend", ".spec.schedule.suspend", "boolean"),
      column("Active", ".status.activeCount", "integer"),
      column("Last", ".status.lastScheduleTime", "date"),
      column("Next", ".status.nextScheduleTime"),
      column("Age", ".metadata.creationTimestamp", "date"),
    ],
    spec: structuralSchema(AgentScheduleSpecSchema, "spec"),
    status: structuralSchema(Status, "status"),
    rules: RULES,
  });
}

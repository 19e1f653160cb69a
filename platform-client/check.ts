// Reports before the deployment what the cluster would refuse of a workload or a schedule.
import { AgentScheduleSpecSchema } from "@agentic/api/agentschedule.ts";
import { AgentWorkloadSpecSchema, JOB_ID_PATTERN } from "@agentic/api/agentworkload.ts";
import { type CatalogueTemplate, parameterErrors, unsupportedFields } from "@agentic/api/catalogue.ts";
import { parseCron } from "@agentic/api/cron.ts";
import { NO_TEMPLATE_TAG } from "@agentic/api/fields.ts";
import { dnsLabelErrors, isDnsLabel } from "@agentic/api/names.ts";
import { MAX_SCHEDULE_NAME, SCHEDULE_DEFAULTS } from "@agentic/api/schedule-names.ts";
import { schemaErrors } from "@agentic/api/schema-errors.ts";

/** A part of a schema that this check reads. */
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
}

/**
 * Everything that is wrong with a workload, each with the field's path: by the AgentWorkload's schema, and by the
 * template that it runs. Rules of the API server that need more than a schema (CEL) are left to it.
 */
export function workloadErrors(name: string, spec: object, template: CatalogueTemplate): string[] {
  const errors = dnsLabelErrors("name", name);
  const { objective, orchestration, jobId, parameters } = spec as {
    objective?: unknown;
    orchestration?: unknown;
    jobId?: string;
    parameters?: Record<string, unknown>;
  };
  if (orchestration !== undefined) errors.push("spec.orchestration: is set by the component's template: leave it out");
  if (jobId !== undefined && !new RegExp(JOB_ID_PATTERN).test(jobId))
    errors.push(`spec.jobId: '${jobId}' must be 1 to 63 of a-z, A-Z, 0-9, _ and -`);
  if (typeof objective === "string" && objective.includes("{{"))
    errors.push(`spec.objective: ${NO_TEMPLATE_TAG.message}`);
  for (const { instancePath, message } of schemaErrors(AgentWorkloadSpecSchema, spec))
    if (instancePath !== "/jobId") errors.push(`spec${dotted(instancePath)}: ${message}`);
  errors.push(...unknownFields(AgentWorkloadSpecSchema as Schema, spec, "spec"));
  errors.push(...unsupportedFields(template, spec), ...parameterErrors(template, parameters));
  return errors;
}

/** Everything that is wrong with a schedule, likewise: by its own schema, by its times, and by the workload that it makes. */
export function scheduleErrors(
  name: string,
  { schedule, workload }: { schedule: object; workload: object },
  template: CatalogueTemplate,
): string[] {
  const errors: string[] = [];
  if (!isDnsLabel(name) || name.length > MAX_SCHEDULE_NAME)
    errors.push(
      `name: '${name}' must be 1 to ${MAX_SCHEDULE_NAME} of a-z, 0-9 and -, with a letter or digit at both ends: the workloads' names have the time, too`,
    );
  const { schedule: schema } = AgentScheduleSpecSchema.properties;
  const wrong = schemaErrors(schema, schedule);
  for (const { instancePath, message } of wrong) errors.push(`spec.schedule${dotted(instancePath)}: ${message}`);
  errors.push(...unknownFields(schema as Schema, schedule, "spec.schedule"));
  const { cron, timeZone = SCHEDULE_DEFAULTS.timeZone } = schedule as { cron?: unknown; timeZone?: string };
  if (wrong.length === 0 && typeof cron === "string") errors.push(...timeErrors(cron, timeZone));
  const { jobId } = workload as { jobId?: string };
  if (jobId !== undefined && jobId.length > MAX_SCHEDULE_NAME)
    errors.push(
      `spec.workload.spec.jobId: '${jobId}' must have at most ${MAX_SCHEDULE_NAME} characters: the time follows`,
    );
  for (const error of workloadErrors("name", workload, template))
    errors.push(error.startsWith("spec") ? `spec.workload.${error}` : error);
  return errors;
}

function timeErrors(cron: string, timeZone: string): string[] {
  if (cron.trim().startsWith("@every"))
    return [`spec.schedule.cron: '${cron}' has no times of its own: write them out, such as */15 * * * *`];
  const parsed = parseCron(cron, timeZone);
  if (!("error" in parsed)) return [];
  return [`spec.schedule.${parsed.field}: ${parsed.error}`];
}

/** `/targetUrls/0` → `.targetUrls[0]`. */
function dotted(path: string): string {
  return path.replace(/\/(\d+)/g, "[$1]").replaceAll("/", ".");
}

/** Fields that the schema doesn't have: the API server would silently drop them. */
function unknownFields(schema: Schema, value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => unknownFields(schema.items ?? {}, item, `${path}[${i}]`));
  if (typeof value !== "object" || value === null || !schema.properties) return [];
  const { properties } = schema;
  return Object.entries(value).flatMap(([name, item]) => {
    const field = properties[name];
    if (!field) return [`${path}.${name}: there is no such field: ${path} has ${Object.keys(properties).join(", ")}`];
    return unknownFields(field, item, `${path}.${name}`);
  });
}

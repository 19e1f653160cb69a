// docs/schedule-fields.md: every field of an AgentSchedule, from the schemas that the API server checks it by.
import { agentScheduleCrd } from "@agentic/api/agentschedule.ts";
import type { StructuralSchema } from "@agentic/api/crd.ts";
import { cell, code, table } from "./markdown.ts";

/** The page. The workload's spec is that of an AgentWorkload but for the job id, and isn't repeated. */
export function scheduleFieldsPage(): string {
  const { spec, status } = agentScheduleCrd().spec.versions[0]?.schema.openAPIV3Schema.properties ?? {};
  if (!spec || !status) throw new Error("the definition of AgentSchedule has no schema");
  const head = ["field", "type", "default", "what it is"];
  return `# The fields of an AgentSchedule

[Schedules](schedules.md) says how they work; \`kubectl explain agentschedule.spec\` has the same. \`spec.workload.spec\` has the fields
of an AgentWorkload, \`kubectl explain agentworkload.spec\`; of them only \`jobId\` differs.

${table(head, rowsOf("spec", spec))}
## Status

${table(head, rowsOf("status", status))}`;
}

function rowsOf(path: string, schema: StructuralSchema): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const own = `${path}.${name}`;
    const isRequired = schema.required?.includes(name) ? ", required" : "";
    const row = [code(own), typeOf(field) + isRequired, defaultOf(field), cell(field.description ?? "")];
    if (own === "spec.workload.spec") {
      const { jobId } = field.properties ?? {};
      return [row, ...(jobId ? rowsOf(own, { properties: { jobId } }) : [])];
    }
    return [row, ...rowsOf(field.items ? `${own}[]` : own, field.items ?? field)];
  });
}

function typeOf({ type = "any", enum: values, items, additionalProperties }: StructuralSchema): string {
  if (values) return values.map((value) => code(value)).join(", ");
  if (items) return `list of ${items.type ?? "value"}s`;
  return additionalProperties ? `map of ${additionalProperties.type ?? "value"}s` : type;
}

const defaultOf = ({ default: value }: StructuralSchema): string =>
  value === undefined || typeof value === "object" ? "" : code(String(value));

// The catalogue of templates: the parameters of each as JSON Schema, and the check of a workload's parameters against it.
import { type Static, Type } from "typebox";
import { NO_TEMPLATE_TAG } from "./fields.ts";
import { PARAMETER_FIELDS, SELECTIVE_FIELDS } from "./parameter-fields.ts";
import { ParameterSchema } from "./parameter-schema.ts";
import { schemaErrors } from "./schema-errors.ts";
import { isReservedParameter, MODEL_NAME, PARAMETERS } from "./template.ts";
import { unsupported } from "./unsupported.ts";

/** A template that an AgentWorkload can run. */
export const TemplateSchema = Type.Object({
  name: Type.String({ description: "Its name, for spec.orchestration.workflowTemplateRef.name." }),
  title: Type.String({ description: "Its title, for people." }),
  description: Type.String({ description: "What it does." }),
  owner: Type.String({ description: "The team that is responsible for it." }),
  runbook: Type.Optional(Type.String({ description: "The page that says what to do when it fails." })),
  steps: Type.Array(Type.String(), { description: "Names of its tasks, in the template's order." }),
  parameters: Type.Object(
    {
      type: Type.Literal("object"),
      properties: Type.Record(Type.String(), ParameterSchema),
      required: Type.Array(Type.String(), { description: "Parameters that spec.parameters must set." }),
      additionalProperties: Type.Literal(false),
    },
    { description: "The template's parameters as JSON Schema (draft 2020-12)." },
  ),
});

export type CatalogueTemplate = Static<typeof TemplateSchema>;
type Parameter = Static<typeof ParameterSchema>;

/** The part of an Argo WorkflowTemplate that the catalogue reads. */
export interface DescribedTemplate {
  metadata: { name: string; annotations?: Record<string, string> };
  spec: {
    entrypoint?: string;
    arguments?: { parameters?: { name: string; value?: string; description?: string; enum?: string[] }[] };
    templates?: { name: string; dag?: { tasks: { name: string }[] } }[];
  };
}

/** A template's entry in the catalogue, from the template itself. */
export function catalogueTemplate({ metadata, spec }: DescribedTemplate): CatalogueTemplate {
  const { annotations = {} } = metadata;
  const declared = spec.arguments?.parameters ?? [];
  const main = spec.templates?.find(({ name }) => name === spec.entrypoint);
  const runbook = annotations["agentic.io/runbook"];
  return {
    name: metadata.name,
    title: annotations["workflows.argoproj.io/title"] ?? metadata.name,
    description: annotations["workflows.argoproj.io/description"] ?? "",
    owner: annotations["agentic.io/owner"] ?? "",
    ...(runbook === undefined ? {} : { runbook }),
    steps: main?.dag?.tasks.map(({ name }) => name) ?? [],
    parameters: {
      type: "object",
      properties: Object.fromEntries(declared.map((parameter) => [parameter.name, parameterSchema(parameter)])),
      required: declared
        .filter(({ name, value }) => value === undefined && !isReservedParameter(name))
        .map(({ name }) => name),
      additionalProperties: false,
    },
  };
}

function parameterSchema({
  name,
  description,
  value,
  enum: values,
}: {
  name: string;
  description?: string;
  value?: string;
  enum?: string[];
}): Parameter {
  const reserved = isReservedParameter(name);
  const setBy = PARAMETER_FIELDS[name] ?? (reserved ? "tenant" : undefined);
  return {
    type: values || name === PARAMETERS.model ? ["string"] : ["string", "number", "boolean", "object", "array"],
    ...(description === undefined ? {} : { description }),
    ...(value === undefined ? {} : { default: value }),
    ...(values === undefined ? {} : { enum: values }),
    ...(name === PARAMETERS.model ? MODEL_NAME : {}),
    ...(reserved ? { readOnly: true } : {}),
    ...(setBy === undefined ? {} : { "x-set-by": setBy }),
  };
}

/**
 * The errors in a workload's `spec.parameters` for a template, each with the field's path and what would be right; an empty list
 * if there are none. The rules are the operator's, so that what passes here is not refused in the cluster.
 */
export function parameterErrors(template: CatalogueTemplate, values: Record<string, unknown> = {}): string[] {
  const { properties, required } = template.parameters;
  const errors: string[] = [];
  const settable = Object.keys(properties).filter((name) => !properties[name]?.readOnly);
  for (const [name, value] of Object.entries(values)) {
    const schema = properties[name];
    const where = `spec.parameters.${name}`;
    if (isReservedParameter(name) || schema?.readOnly) {
      const setBy = schema?.["x-set-by"] ?? "tenant";
      errors.push(`${where}: is set by ${setBy === "tenant" ? "the platform" : setBy}: leave it out here`);
    } else if (!schema)
      errors.push(
        `${where}: template ${template.name} declares no such parameter: it has ${settable.join(", ") || "none that you can set"}`,
      );
    else for (const { message } of schemaErrors(schema, value)) errors.push(`${where}: ${message}`);
    if (text(value).includes("{{")) errors.push(`${where}: ${NO_TEMPLATE_TAG.message}`);
  }
  for (const name of required)
    if (values[name] === undefined) errors.push(`spec.parameters.${name}: template ${template.name} needs it`);
  return errors;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** An error for each field of the spec that the template has no parameter for. */
export function unsupportedFields(template: CatalogueTemplate, spec: object): string[] {
  return Object.entries(SELECTIVE_FIELDS).flatMap(([parameter, path]) => {
    const [, ...keys] = path.split(".");
    const value = keys.reduce<unknown>((parent, key) => (parent as Record<string, unknown> | undefined)?.[key], spec);
    if (value === undefined || value === false || parameter in template.parameters.properties) return [];
    return [unsupported(path, parameter, template.name)];
  });
}

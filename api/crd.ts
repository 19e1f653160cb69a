// The CustomResourceDefinition of AgentWorkload, generated from the TypeBox schemas.
import { AgentWorkloadSpecSchema, AgentWorkloadStatusSchema, CEL, type CelRule, RUN_FIELDS } from "./agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP, API_GROUP_VERSION, API_VERSION } from "./names.ts";

/** A structural OpenAPI v3 schema, as a CRD holds it. */
export interface StructuralSchema {
  type?: string;
  description?: string;
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  required?: string[];
  enum?: string[];
  default?: unknown;
  [keyword: string]: unknown;
}

const COPIED = [
  "type",
  "description",
  "format",
  "pattern",
  "enum",
  "default",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "required",
  CEL,
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
];
const CONVERTED = ["properties", "patternProperties", "items"];

/**
 * A TypeBox (JSON Schema) schema as a structural schema: keywords that both know are copied, a record becomes
 * `additionalProperties`, an unknown value keeps its fields. Throws for a keyword without a counterpart, so that no
 * constraint is silently lost.
 */
export function structuralSchema(schema: object, path = "schema"): StructuralSchema {
  const source = schema as Record<string, unknown>;
  const structural: StructuralSchema = {};
  for (const [key, value] of Object.entries(source)) {
    if (COPIED.includes(key)) structural[key] = value;
    else if (!CONVERTED.includes(key)) throw new Error(`${path}: a CRD's schema can't express "${key}"`);
  }
  if (Array.isArray(source.enum)) structural.type = "string";
  if (source.properties) {
    structural.properties = Object.fromEntries(
      Object.entries(source.properties).map(([name, child]) => [name, structuralSchema(child, `${path}.${name}`)]),
    );
  }
  if (source.patternProperties) {
    const [value, ...others] = Object.values(source.patternProperties) as object[];
    if (!value || others.length > 0) throw new Error(`${path}: a CRD's schema takes one kind of value in a map`);
    structural.additionalProperties = structuralSchema(value, `${path}[*]`);
    // TypeBox requires nothing of a record; an empty list is refused by the API server.
  }
  if (source.items) structural.items = structuralSchema(source.items as object, `${path}[]`);
  if (structural.required?.length === 0) delete structural.required;
  if (structural.type === undefined) structural["x-kubernetes-preserve-unknown-fields"] = true;
  return structural;
}

/** Rules that compare the spec with the metadata or the status. */
const ROOT_RULES: CelRule[] = [
  {
    rule: "size(self.metadata.name) <= 63",
    message: "the name must have at most 63 characters: it becomes a label's value",
  },
  {
    rule: "has(self.spec.jobId) || self.metadata.name.matches('^[a-zA-Z0-9_-]{1,63}$')",
    message: "jobId defaults to the name, which has characters that a job id can't have: set spec.jobId",
    fieldPath: ".spec.jobId",
  },
  {
    rule: `!has(oldSelf.status) || !has(oldSelf.status.argoWorkflow) || (${RUN_FIELDS.map(
      (field) =>
        `has(self.spec.${field}) == has(oldSelf.spec.${field}) && (!has(self.spec.${field}) || self.spec.${field} == oldSelf.spec.${field})`,
    ).join(" && ")})`,
    message: `the run has started: ${RUN_FIELDS.join(", ")} are immutable now; make a new AgentWorkload instead`,
    fieldPath: ".spec",
    reason: "FieldValueForbidden",
  },
];

/** The CustomResourceDefinition object. */
export function agentWorkloadCrd() {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: AGENT_WORKLOAD.crd },
    spec: {
      group: API_GROUP,
      scope: "Namespaced",
      names: {
        kind: AGENT_WORKLOAD.kind,
        listKind: AGENT_WORKLOAD.listKind,
        plural: AGENT_WORKLOAD.plural,
        singular: AGENT_WORKLOAD.singular,
        shortNames: [AGENT_WORKLOAD.shortName],
        categories: ["agentic"],
      },
      versions: [
        {
          name: API_VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: [
            { name: "Phase", type: "string", jsonPath: ".status.phase" },
            { name: "Step", type: "string", jsonPath: ".status.currentNode" },
            { name: "Approval", type: "string", jsonPath: ".status.approval.decision" },
            { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
          ],
          schema: {
            openAPIV3Schema: {
              type: "object",
              description: `A job for agents (${API_GROUP_VERSION}): pages to read, what to find out, who approves.`,
              required: ["spec"],
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                spec: structuralSchema(AgentWorkloadSpecSchema, "spec"),
                status: structuralSchema(AgentWorkloadStatusSchema, "status"),
              },
              [CEL]: ROOT_RULES,
            },
          },
        },
      ],
    },
  };
}

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

/** What tells one kind of the platform's API from another. */
interface Definition {
  names: { kind: string; listKind: string; plural: string; singular: string; shortName: string; crd: string };
  categories?: string[];
  scope: "Namespaced" | "Cluster";
  /** What an object of the kind is, for `kubectl explain`. */
  description: string;
  columns: { name: string; type: string; jsonPath: string }[];
  spec: StructuralSchema;
  status: StructuralSchema;
  /** Rules that compare the spec with the metadata or the status. */
  rules: CelRule[];
}

/** A column that `kubectl get` prints. */
export const column = (name: string, jsonPath: string, type = "string") => ({ name, type, jsonPath });

/** The CustomResourceDefinition object of a kind. */
export function customResource({ names, categories, scope, description, columns, spec, status, rules }: Definition) {
  const { kind, listKind, plural, singular, shortName, crd } = names;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: crd },
    spec: {
      group: API_GROUP,
      scope,
      names: { kind, listKind, plural, singular, shortNames: [shortName], ...(categories ? { categories } : {}) },
      versions: [
        {
          name: API_VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              type: "object",
              description,
              required: ["spec"],
              properties: {
                apiVersion: { type: "string" },
                kind: { type: "string" },
                metadata: { type: "object" },
                spec,
                status,
              },
              [CEL]: rules,
            },
          },
        },
      ],
    },
  };
}

/** AgentWorkload's CustomResourceDefinition. */
export function agentWorkloadCrd() {
  return customResource({
    names: AGENT_WORKLOAD,
    categories: ["agentic"],
    scope: "Namespaced",
    description: `A job for agents (${API_GROUP_VERSION}): pages to read, what to find out, who approves.`,
    columns: [
      column("Phase", ".status.phase"),
      column("Step", ".status.currentNode"),
      column("Approval", ".status.approval.decision"),
      column("Cost", ".status.cost.total"),
      column("Age", ".metadata.creationTimestamp", "date"),
    ],
    spec: structuralSchema(AgentWorkloadSpecSchema, "spec"),
    status: structuralSchema(AgentWorkloadStatusSchema, "status"),
    rules: ROOT_RULES,
  });
}

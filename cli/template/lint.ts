// Judges a WorkflowTemplate by the platform's own policies and the built-in engine's own check, before anything is applied.
import { catalogueTemplate, type DescribedTemplate } from "@agentic/api/catalogue.ts";
import { parseChangeable } from "@agentic/api/changeable.ts";
import { ARGO } from "@agentic/api/names.ts";
import { GATE, PARAMETERS } from "@agentic/api/template.ts";
import { checkWorkflow } from "@agentic/engine/core/check.ts";
import { Unsupported } from "@agentic/engine/core/schema.ts";
import {
  emptyLibrary,
  type Parameter,
  SpecError,
  type WorkflowSpec,
  type WorkflowTemplate,
} from "@agentic/engine/core/types.ts";
import type { ResourceRule, Rule } from "@agentic/policy/rule.ts";
import { argo } from "@agentic/policy/rules/argo/index.ts";
import { pods } from "@agentic/policy/rules/pods/index.ts";

export interface Problem {
  /** `error`: it is refused, or can't run. `warning`: it runs, and isn't as the platform's templates are. */
  level: "error" | "warning";
  /** What found it: a policy's name, or `engine`, `gate`, `catalogue`. */
  rule: string;
  /** The field's path, what is wrong, and what would be right. */
  message: string;
}

export const isTemplate = (value: unknown): value is WorkflowTemplate & DescribedTemplate => {
  const { apiVersion, kind, metadata, spec } = (value ?? {}) as Record<string, unknown>;
  const kinds = ["WorkflowTemplate", "ClusterWorkflowTemplate"];
  const isNamed = typeof (metadata as { name?: unknown } | undefined)?.name === "string";
  return apiVersion === ARGO.groupVersion && kinds.includes(String(kind)) && isNamed && typeof spec === "object";
};

/** What is wrong with a template; templates that it refers to are looked for in `others`. */
export function lint(template: WorkflowTemplate & DescribedTemplate, others: readonly WorkflowTemplate[]): Problem[] {
  const ofEngine = engineProblems(template, others);
  return [
    ...ofEngine,
    // The policies read what is well formed.
    ...(ofEngine.some(({ level }) => level === "error") ? [] : policyProblems(template)),
    ...gateProblems(template.spec),
    ...catalogueProblems(template),
  ];
}

function engineProblems(template: WorkflowTemplate, others: readonly WorkflowTemplate[]): Problem[] {
  const named = (name: string) => [template, ...others].find(({ metadata }) => metadata.name === name);
  const library = { ...emptyLibrary, workflowTemplate: named, clusterWorkflowTemplate: named };
  try {
    checkWorkflow({ metadata: { name: "lint", namespace: "lint" }, spec: withValues(template.spec) }, library);
    return [];
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof Unsupported)
      return [
        { level: "warning", rule: "engine", message: `the built-in engine doesn't run it, Argo does: ${message}` },
      ];
    if (error instanceof SpecError) return [{ level: "error", rule: "engine", message }];
    throw error;
  }
}

/** The spec as a workload runs it: each parameter has a value. */
function withValues(spec: WorkflowSpec): WorkflowSpec {
  const parameters = spec.arguments?.parameters?.map((parameter) => ({ value: "x", ...parameter }));
  return parameters ? { ...spec, arguments: { ...spec.arguments, parameters } } : spec;
}

const isOfResources = (rule: Rule): rule is ResourceRule => "validateResource" in rule;

/** By the rules of the CrossGuard pack, as CI has them judge the stack: docs/policies.md. */
function policyProblems(template: WorkflowTemplate & { kind?: string }): Problem[] {
  const kind = template.kind ?? "WorkflowTemplate";
  const args = {
    type: `kubernetes:${ARGO.groupVersion}:${kind}`,
    name: template.metadata.name,
    urn: `urn:pulumi:lint::lint::${kind}::${template.metadata.name}`,
    props: JSON.parse(JSON.stringify(template)) as Record<string, unknown>,
    opts: { protect: false },
    getConfig: () => ({}),
    notApplicable: () => {},
  };
  return [...argo, ...pods].filter(isOfResources).flatMap((rule) => {
    const found: Problem[] = [];
    const level = rule.severity === "low" || rule.severity === "medium" ? "warning" : "error";
    for (const check of [rule.validateResource].flat())
      void check?.(args as never, (message) => void found.push({ level, rule: rule.name, message }));
    return found;
  });
}

/** A gate that nobody answers must end by itself, and say no. */
function gateProblems({ templates = [] }: WorkflowSpec): Problem[] {
  const gate = templates.find(({ name }) => name === GATE.name);
  if (!gate?.suspend) return [];
  const path = `spec.templates (${GATE.name})`;
  const outputNamed = (wanted: string) => gate.outputs?.parameters?.find(({ name }) => name === wanted);
  const output = outputNamed(GATE.output);
  const problem = (message: string): Problem => ({ level: "error", rule: "gate", message });
  return [
    ...(gate.suspend.duration
      ? []
      : [
          problem(
            `${path}.suspend.duration: missing: without it the gate waits without end; set {{workflow.parameters.${PARAMETERS.approvalTimeout}}}`,
          ),
        ]),
    ...(output?.valueFrom?.default === GATE.deny
      ? []
      : [
          problem(
            `${path}.outputs.parameters (${GATE.output}).valueFrom.default: unanswered must mean ${GATE.deny}: set it to that`,
          ),
        ]),
    ...changeableProblems(gate.inputs?.parameters ?? [], outputNamed(GATE.changes)).map((message) =>
      problem(`${path}.${message}`),
    ),
  ];
}

/** What approvers may change must be readable, and reach later steps. */
function changeableProblems(inputs: readonly Parameter[], output: Parameter | undefined): string[] {
  const declared = inputs.find(({ name }) => name === GATE.changeable);
  if (!declared) return [];
  const supplied = output?.valueFrom?.supplied && output.valueFrom.default === "{}";
  return [
    ...declarationProblems(String(declared.value ?? "")),
    ...(supplied
      ? []
      : [
          `outputs.parameters (${GATE.changes}).valueFrom: must be supplied, with {} as default: later steps learn by it what was changed`,
        ]),
  ];
}

function declarationProblems(text: string): string[] {
  try {
    parseChangeable(text);
    return [];
  } catch (error) {
    return [`inputs.parameters (${GATE.changeable}).value: ${(error as Error).message}`];
  }
}

function catalogueProblems(template: DescribedTemplate): Problem[] {
  const { parameters } = catalogueTemplate(template);
  const missing = [PARAMETERS.jobId, PARAMETERS.targetUrls, PARAMETERS.objective].filter(
    (name) => !(name in parameters.properties),
  );
  if (missing.length === 0) return [];
  const message = `spec.arguments.parameters: ${missing.join(", ")} not declared: a workload's steps learn of them by these parameters alone`;
  return [{ level: "warning", rule: "catalogue", message }];
}

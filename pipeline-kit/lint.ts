// Judges a template by the built-in engine's own check, the platform's policies, and the kit's criteria, before anything is applied.
import { catalogueTemplate } from "@agentic/api/catalogue.ts";
import { parseChangeable } from "@agentic/api/changeable.ts";
import { ARGO } from "@agentic/api/names.ts";
import { GATE, PARAMETERS } from "@agentic/api/template.ts";
import { checkWorkflow } from "@agentic/engine/core/check.ts";
import { Unsupported } from "@agentic/engine/core/schema.ts";
import { emptyLibrary, type Parameter, SpecError, type WorkflowSpec } from "@agentic/engine/core/types.ts";
import { defaultRegistries } from "@agentic/policy/kinds/images.ts";
import type { ResourceRule, Rule } from "@agentic/policy/rule.ts";
import { argo } from "@agentic/policy/rules/argo/index.ts";
import { imagePinned } from "@agentic/policy/rules/pods/image-pinned.ts";
import { imageRegistries } from "@agentic/policy/rules/pods/image-registries.ts";
import { pods } from "@agentic/policy/rules/pods/index.ts";
import { criterionOf } from "./criteria.ts";
import { type Fault, qualityFaults } from "./quality.ts";
import { type AnyTemplate, type PipelineTemplate, templateOf } from "./template.ts";

export interface Problem {
  /** `error`: it is refused, or can't run. `warning`: it runs, and isn't as the platform's templates are. */
  level: "error" | "warning";
  /** What found it: a policy's name, one of the kit's own rules, or `engine`, `gate`, `catalogue`. */
  rule: string;
  /** Which of the ten criteria it is about (criteria.ts); absent for what keeps a template from running. */
  criterion?: string;
  /** The path of the field. */
  field: string;
  /** The field's path, what is wrong, and what would be right. */
  message: string;
}

export interface LintOptions {
  /** Registries that images may come from, beside those of the platform's policies. Default: none. */
  registries?: readonly string[];
}

/**
 * What is wrong with a template: nothing, an error that keeps it from being accepted or from running, or a warning where it isn't as the
 * platform's own are. Templates that it refers to are looked for in `others`. Throws where the value is no template at all.
 */
export function lint(
  value: AnyTemplate,
  others: readonly AnyTemplate[] = [],
  { registries = [] }: LintOptions = {},
): Problem[] {
  const template = templateOf(value);
  const ofEngine = engineFaults(template, others.map(templateOf));
  const isReadable = !ofEngine.some(({ level }) => level === "error");
  return [
    ...ofEngine,
    // The rules read what is well formed.
    ...(isReadable ? [...policyFaults(template, registries), ...qualityFaults(template)] : []),
    ...gateFaults(template.spec),
    ...catalogueFaults(template),
  ].map(problemOf);
}

function problemOf(fault: Fault): Problem {
  const field = /^(?:[^:"(]|"[^"]*"|\([^)]*\))+/.exec(fault.message)?.[0] ?? "";
  const criterion = criterionOf(fault.rule, field);
  return { ...fault, ...(criterion ? { criterion } : {}), field };
}

function engineFaults(template: PipelineTemplate, others: readonly PipelineTemplate[]): Fault[] {
  const named = (name: string) => [template, ...others].find(({ metadata }) => metadata.name === name);
  const library = { ...emptyLibrary, workflowTemplate: named, clusterWorkflowTemplate: named };
  try {
    checkWorkflow({ metadata: { name: "lint", namespace: "lint" }, spec: withValues(template.spec) }, library);
    return [];
  } catch (error) {
    if (error instanceof Unsupported)
      return error.problems.map((problem) => ({
        level: "warning",
        rule: "engine",
        message: `${problem} (the built-in engine doesn't run it, Argo does)`,
      }));
    if (error instanceof SpecError)
      return error.problems.map((message) => ({ level: "error", rule: "engine", message }));
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
function policyFaults(template: PipelineTemplate & { kind?: string }, registries: readonly string[]): Fault[] {
  const kind = template.kind ?? "WorkflowTemplate";
  const argsWith = (config: object) => ({
    type: `kubernetes:${ARGO.groupVersion}:${kind}`,
    name: template.metadata.name,
    urn: `urn:pulumi:lint::lint::${kind}::${template.metadata.name}`,
    props: JSON.parse(JSON.stringify(template)) as Record<string, unknown>,
    opts: { protect: false },
    getConfig: () => config,
    notApplicable: () => {},
  });
  const violations = (rule: ResourceRule, config: object): string[] => {
    const found: string[] = [];
    for (const check of [rule.validateResource].flat())
      void check?.(argsWith(config) as never, (message) => void found.push(message));
    return found;
  };
  const allowed = { registries: [...defaultRegistries, ...registries] };
  const isMild = ({ severity }: ResourceRule) => severity === "low" || severity === "medium";
  const faults = [...argo, ...pods]
    .filter(isOfResources)
    .flatMap((rule) =>
      violations(rule, rule.name === imageRegistries.name ? allowed : {}).map(
        (message): Fault => ({ level: isMild(rule) ? "warning" : "error", rule: rule.name, message }),
      ),
    );
  // A version is enough for the platform's policies, and no promise: a registry's owner may move it.
  const strict = isOfResources(imagePinned) ? violations(imagePinned, { digests: true }) : [];
  const unpinned = strict.filter((message) => !faults.some((fault) => fault.message === message));
  return [...faults, ...unpinned.map((message): Fault => ({ level: "warning", rule: "image-digest", message }))];
}

/** A gate that nobody answers must end by itself, and say no. */
function gateFaults({ templates = [] }: WorkflowSpec): Fault[] {
  const gate = templates.find(({ name }) => name === GATE.name);
  if (!gate?.suspend) return [];
  const path = `spec.templates (${GATE.name})`;
  const outputNamed = (wanted: string) => gate.outputs?.parameters?.find(({ name }) => name === wanted);
  const output = outputNamed(GATE.output);
  const problem = (message: string): Fault => ({ level: "error", rule: "gate", message });
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

function catalogueFaults(template: PipelineTemplate): Fault[] {
  const { parameters } = catalogueTemplate(template);
  const missing = [PARAMETERS.jobId, PARAMETERS.targetUrls, PARAMETERS.objective].filter(
    (name) => !(name in parameters.properties),
  );
  if (missing.length === 0) return [];
  const message = `spec.arguments.parameters: ${missing.join(", ")} not declared: a workload's steps learn of them by these parameters alone`;
  return [{ level: "warning", rule: "catalogue", message }];
}

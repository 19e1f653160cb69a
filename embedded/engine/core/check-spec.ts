// Checks templates: their fields, calls and variables. Each problem has the path of its field.
import { DagChecks } from "./check-dag.ts";
import { checkOutputs, checkRetry, checkTimeouts, hasVariables } from "./check-parts.ts";
import { checkEnum } from "./enum.ts";
import { MAX_ITEMS, repeats } from "./expand.ts";
import { DEADLINE_SECONDS, INT32, POD_DEADLINE_SECONDS, parseInteger } from "./integer.ts";
import { withDefaults } from "./merge.ts";
import { Problems } from "./problems.ts";
import { checkSpecFields, checkTemplateFields } from "./schema.ts";
import { parseDuration } from "./time.ts";
import type { Call, Library, Parameter, Template, WorkflowSpec } from "./types.ts";
import { VariableChecks } from "./variables.ts";

const NAME = /^[a-zA-Z0-9][-a-zA-Z0-9]{0,127}$/;
const PARAMETER_NAME = /^[-a-zA-Z0-9_]{1,128}$/;
const KINDS = ["container", "script", "steps", "dag", "suspend"] as const;

export class SpecCheck {
  readonly problems = new Problems();
  readonly library: Library;
  readonly spec: WorkflowSpec;
  /** The WorkflowTemplates whose templates have been checked. */
  readonly checkedTemplates = new Set<string>();

  constructor(spec: WorkflowSpec, library: Library) {
    this.spec = spec;
    this.library = library;
  }

  checkNames(list: readonly { name?: string }[] | undefined, path: string, pattern = NAME): void {
    const seen = new Set<string>();
    for (const [index, { name }] of (list ?? []).entries()) {
      const namePath = `${path}[${index}].name`;
      this.problems.require(name && pattern.test(name), namePath, `${JSON.stringify(name ?? "")} is not a valid name`);
      this.problems.require(!name || !seen.has(name), namePath, `'${name}' is not unique`);
      if (name) seen.add(name);
    }
  }

  /** Checks the templates of the workflow, or of one WorkflowTemplate. */
  checkTemplates(spec: WorkflowSpec, path: string): void {
    const fields = checkSpecFields(spec, path);
    this.problems.add(fields);
    // The workflow's own arguments are its user's text, which is not substituted.
    const { arguments: _, ...rest } = spec;
    this.checkNoExpressions(rest, path);
    if (fields.invalid.length > 0 || this.problems.unsupported.length > 0) return;
    const templates = spec.templates ?? [];
    this.checkNames(templates, `${path}.templates`);
    const byName = new Map(templates.map((template) => [template.name, template]));
    for (const [index, template] of templates.entries()) {
      this.checkTemplate(template, `${path}.templates[${index}]`, byName);
    }
  }

  checkNoExpressions(value: unknown, path: string): void {
    if (typeof value === "string") {
      if (/\{\{\s*=/.test(value))
        this.problems.unsupported.push(`${path}: expression tags ({{=…}}) are not supported by this workflow engine`);
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) this.checkNoExpressions(item, `${path}[${index}]`);
    } else if (value && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) this.checkNoExpressions(inner, `${path}.${key}`);
    }
  }

  /**
   * Checks a template; `siblings` are the templates that it can call by name alone, and `outer` has the variables of the call in which
   * it stands, where it is an inline one.
   */
  checkTemplate(
    raw: Template,
    path: string,
    siblings: ReadonlyMap<string, Template>,
    outer?: (tag: string) => boolean,
  ): void {
    const { problems } = this;
    const template = withDefaults(raw, this.spec.templateDefaults);
    const kinds = KINDS.filter((kind) => template[kind] !== undefined);
    problems.require(
      kinds.length === 1,
      path,
      `must have exactly one of ${KINDS.join(", ")}, but has ${kinds.join(", ") || "none"}`,
    );
    this.checkNames(template.inputs?.parameters, `${path}.inputs.parameters`, PARAMETER_NAME);
    this.checkNames(template.outputs?.parameters, `${path}.outputs.parameters`, PARAMETER_NAME);
    this.checkEnums(template.inputs?.parameters, `${path}.inputs.parameters`);
    this.checkEnums(template.outputs?.parameters, `${path}.outputs.parameters`);
    checkOutputs(problems, template, `${path}.outputs.parameters`);
    if (template.retryStrategy) checkRetry(problems, template.retryStrategy, `${path}.retryStrategy`);
    const { duration } = template.suspend ?? {};
    if (duration !== undefined && duration !== "" && !hasVariables(duration))
      problems.check(() => void parseDuration(duration, `${path}.suspend.duration`));
    for (const [index, { name }] of (template.initContainers ?? []).entries())
      problems.require(name, `${path}.initContainers[${index}].name`, "is required");
    const container = template.container ?? template.script;
    if (container) {
      const containerPath = `${path}.${template.container ? "container" : "script"}`;
      problems.require(container.image, `${containerPath}.image`, "may not be empty");
      problems.require(!template.parallelism, `${path}.parallelism`, "is only valid for steps and dag templates");
    } else {
      problems.require(
        template.activeDeadlineSeconds === undefined,
        `${path}.activeDeadlineSeconds`,
        "is only valid for container and script templates",
      );
    }
    checkTimeouts(problems, raw, path);
    const { activeDeadlineSeconds } = template;
    if (activeDeadlineSeconds !== undefined && !hasVariables(activeDeadlineSeconds)) {
      const field = `${path}.activeDeadlineSeconds`;
      problems.check(() => void parseInteger(activeDeadlineSeconds, field, POD_DEADLINE_SECONDS));
    }

    const variables = new VariableChecks(problems, this.spec, template, outer);
    if (template.dag) new DagChecks(this, variables, siblings).check(template, template.dag, `${path}.dag`);
    else if (template.steps) this.#checkSteps(template, template.steps, { path: `${path}.steps`, siblings, variables });
    else variables.check(template, path, {});
  }

  #checkSteps(
    template: Template,
    groups: Call[][],
    { path, siblings, variables }: { path: string; siblings: ReadonlyMap<string, Template>; variables: VariableChecks },
  ): void {
    const earlier = new Map<string, Template | undefined>();
    this.checkNames(groups.flat(), path);
    for (const [index, group] of groups.entries()) {
      const called = group.map((call, step) => {
        const has = (tag: string) => variables.hasValue(tag, { kind: "steps", calls: earlier, item: repeats(call) });
        return [call, this.checkCall(call, `${path}[${index}][${step}]`, siblings, has)] as const;
      });
      for (const [step, call] of group.entries()) {
        variables.check(call, `${path}[${index}][${step}]`, {
          kind: "steps",
          calls: new Map(earlier),
          item: repeats(call),
        });
      }
      for (const [call, target] of called) earlier.set(call.name, target);
    }
    const { steps: _, ...rest } = template;
    variables.check(rest, path.replace(/\.steps$/, ""), { kind: "steps", calls: earlier });
  }

  /** Checks a step or a task, which has the variables for which `has` holds; returns the template that it calls, where that is known. */
  checkCall(
    call: Call,
    path: string,
    siblings: ReadonlyMap<string, Template>,
    has: (tag: string) => boolean,
  ): Template | undefined {
    const { problems } = this;
    const loops = [call.withItems?.length, call.withParam, call.withSequence].filter(Boolean).length;
    problems.require(loops <= 1, path, "only one of withItems, withParam, withSequence can be specified");
    problems.require(
      (call.withItems?.length ?? 0) <= MAX_ITEMS,
      `${path}.withItems`,
      `at most ${MAX_ITEMS} items are possible`,
    );
    if (call.withSequence) {
      const { count, end } = call.withSequence;
      problems.require(
        (count === undefined) !== (end === undefined),
        `${path}.withSequence`,
        "must have exactly one of count and end",
      );
    }
    problems.require(
      [call.template, call.templateRef, call.inline].filter(Boolean).length === 1,
      path,
      "must have exactly one of template, templateRef and inline",
    );
    const target = call.inline
      ? this.#checkInline(call.inline, `${path}.inline`, siblings, has)
      : this.#findTarget(call, path, siblings);
    this.checkNames(call.arguments?.parameters, `${path}.arguments.parameters`, PARAMETER_NAME);
    this.checkEnums(call.arguments?.parameters, `${path}.arguments.parameters`);
    if (target) this.#checkArguments(call.arguments?.parameters, target, `${path}.arguments.parameters`);
    return target;
  }

  #checkInline(
    template: Template,
    path: string,
    siblings: ReadonlyMap<string, Template>,
    has: (tag: string) => boolean,
  ): Template | undefined {
    const fields = checkTemplateFields(template, path);
    this.problems.add(fields);
    if (fields.invalid.length > 0 || fields.unsupported.length > 0) return undefined;
    this.checkTemplate(template, path, siblings, has);
    return template;
  }

  /** The template that a call names, where that is known before the workflow runs. */
  #findTarget(call: Call, path: string, siblings: ReadonlyMap<string, Template>): Template | undefined {
    const { templateRef } = call;
    // A reference with variables is known only when the call is reached.
    if ([call.template, templateRef?.name, templateRef?.template].some(hasVariables)) return undefined;
    if (!templateRef) {
      const sibling = siblings.get(call.template ?? "");
      if (call.template)
        this.problems.require(sibling, `${path}.template`, `template name '${call.template}' undefined`);
      return sibling;
    }
    for (const field of ["name", "template"] as const)
      this.problems.require(templateRef[field], `${path}.templateRef.${field}`, "is required");
    if (!templateRef.name || !templateRef.template) return undefined;
    const resource = templateRef.clusterScope
      ? this.library.clusterWorkflowTemplate(templateRef.name)
      : this.library.workflowTemplate(templateRef.name);
    const kind = templateRef.clusterScope ? "cluster workflow template" : "workflow template";
    this.problems.require(resource, `${path}.templateRef.name`, `${kind} ${templateRef.name} not found`);
    const target = resource?.spec.templates?.find(({ name }) => name === templateRef.template);
    if (resource)
      this.problems.require(
        target,
        `${path}.templateRef.template`,
        `template ${templateRef.template} not found in ${kind} ${templateRef.name}`,
      );
    const key = `${templateRef.clusterScope ? "cluster" : "namespaced"}/${templateRef.name}`;
    if (resource && !this.checkedTemplates.has(key)) {
      this.checkedTemplates.add(key);
      // A templateRef uses only the templates; the rest of the spec is for a workflowTemplateRef.
      this.checkTemplates({ templates: resource.spec.templates ?? [] }, `${kind} ${templateRef.name}: spec`);
    }
    return target;
  }

  checkEnums(parameters: Parameter[] | undefined, path: string): void {
    for (const [index, parameter] of (parameters ?? []).entries())
      checkEnum(this.problems, parameter, `${path}[${index}]`);
  }

  #checkArguments(args: Parameter[] | undefined, target: Template, path: string): void {
    for (const { name, value, default: fallback } of target.inputs?.parameters ?? []) {
      const supplied = args?.some((argument) => argument.name === name && argument.value !== undefined);
      this.problems.require(
        supplied || value !== undefined || fallback !== undefined,
        path,
        `inputs.parameters.${name} of template ${target.name} was not supplied`,
      );
    }
  }

  #checkTimes(): void {
    const { problems } = this;
    const { activeDeadlineSeconds, podGC, ttlStrategy = {} } = this.spec;
    if (activeDeadlineSeconds !== undefined)
      problems.check(() => void parseInteger(activeDeadlineSeconds, "spec.activeDeadlineSeconds", DEADLINE_SECONDS));
    const delay = podGC?.deleteDelayDuration;
    if (delay && !hasVariables(delay))
      problems.check(() => void parseDuration(delay, "spec.podGC.deleteDelayDuration"));
    for (const [field, seconds] of Object.entries(ttlStrategy))
      problems.check(() => void parseInteger(seconds, `spec.ttlStrategy.${field}`, INT32));
  }

  /** Checks the whole spec of a workflow. */
  run(): void {
    const { spec, problems } = this;
    this.checkTemplates(spec, "spec");
    if (problems.unsupported.length > 0) return;
    const byName = new Map((spec.templates ?? []).map((template) => [template.name, template]));
    problems.require(spec.entrypoint, "spec.entrypoint", "is required");
    for (const [index, { name, value, default: fallback }] of (spec.arguments?.parameters ?? []).entries()) {
      problems.require(
        value !== undefined || fallback !== undefined,
        `spec.arguments.parameters[${index}].value`,
        `'${name}' has no value`,
      );
    }
    this.checkNames(spec.arguments?.parameters, "spec.arguments.parameters", PARAMETER_NAME);
    this.checkEnums(spec.arguments?.parameters, "spec.arguments.parameters");
    for (const field of ["entrypoint", "onExit"] as const) {
      const name = spec[field];
      if (!name) continue;
      const target = byName.get(name);
      problems.require(target, `spec.${field}`, `template name '${name}' undefined`);
      if (target) this.#checkArguments(spec.arguments?.parameters, target, "spec.arguments.parameters");
    }
    if (spec.retryStrategy) checkRetry(problems, spec.retryStrategy, "spec.retryStrategy");
    this.#checkTimes();
  }
}

// The check of templates: their fields, their calls, their variables; each problem by the path of its field.
import { DagChecks } from "./check-dag.ts";
import { checkOutputs, checkRetry, templated } from "./check-parts.ts";
import { checkEnum } from "./enum.ts";
import { MAX_ITEMS, repeats } from "./expand.ts";
import { DEADLINE_SECONDS, INT32, POD_DEADLINE_SECONDS, parseInteger } from "./integer.ts";
import { withDefaults } from "./merge.ts";
import { Problems } from "./problems.ts";
import { checkSpecFields } from "./schema.ts";
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
  /** Templates of WorkflowTemplates that have been checked. */
  readonly seen = new Set<string>();

  constructor(spec: WorkflowSpec, library: Library) {
    this.spec = spec;
    this.library = library;
  }

  names(list: readonly { name?: string }[] | undefined, path: string, pattern = NAME): void {
    const seen = new Set<string>();
    for (const [index, { name }] of (list ?? []).entries()) {
      const at = `${path}[${index}].name`;
      this.problems.require(name && pattern.test(name), at, `${JSON.stringify(name ?? "")} is not a valid name`);
      this.problems.require(!name || !seen.has(name), at, `'${name}' is not unique`);
      if (name) seen.add(name);
    }
  }

  /** Checks the templates of the workflow, or of one WorkflowTemplate. */
  templates(spec: WorkflowSpec, path: string): void {
    const fields = checkSpecFields(spec, path);
    this.problems.add(fields);
    // What stands in the workflow's own arguments is its user's text, and stays as it is.
    const { arguments: _, ...rest } = spec;
    this.noExpressions(rest, path);
    if (fields.invalid.length > 0 || this.problems.unsupported.length > 0) return;
    const templates = spec.templates ?? [];
    this.names(templates, `${path}.templates`);
    const byName = new Map(templates.map((template) => [template.name, template]));
    for (const [index, template] of templates.entries()) {
      this.template(template, `${path}.templates[${index}]`, byName);
    }
  }

  noExpressions(spec: unknown, path: string): void {
    const visit = (value: unknown, at: string) => {
      if (typeof value === "string") {
        const tag = /\{\{\s*=/.exec(value);
        if (tag)
          this.problems.unsupported.push(`${at}: expression tags ({{=…}}) are not supported by this workflow engine`);
      } else if (Array.isArray(value)) value.forEach((item, index) => void visit(item, `${at}[${index}]`));
      else if (value && typeof value === "object")
        for (const [key, inner] of Object.entries(value)) visit(inner, `${at}.${key}`);
    };
    visit(spec, path);
  }

  template(raw: Template, path: string, siblings: ReadonlyMap<string, Template>): void {
    const { problems } = this;
    const template = withDefaults(raw, this.spec.templateDefaults);
    const kinds = KINDS.filter((kind) => template[kind] !== undefined);
    problems.require(
      kinds.length === 1,
      path,
      `want exactly one of ${KINDS.join(", ")}; got ${kinds.join(", ") || "none"}`,
    );
    this.names(template.inputs?.parameters, `${path}.inputs.parameters`, PARAMETER_NAME);
    this.names(template.outputs?.parameters, `${path}.outputs.parameters`, PARAMETER_NAME);
    this.enums(template.inputs?.parameters, `${path}.inputs.parameters`);
    this.enums(template.outputs?.parameters, `${path}.outputs.parameters`);
    checkOutputs(problems, template, `${path}.outputs.parameters`);
    if (template.retryStrategy) checkRetry(problems, template.retryStrategy, `${path}.retryStrategy`);
    const { duration } = template.suspend ?? {};
    if (duration !== undefined && duration !== "" && !templated(duration))
      problems.check(() => void parseDuration(duration, `${path}.suspend.duration`));
    for (const [index, { name }] of (template.initContainers ?? []).entries())
      problems.require(name, `${path}.initContainers[${index}].name`, "is required");
    const leaf = template.container ?? template.script;
    if (leaf) {
      const at = `${path}.${template.container ? "container" : "script"}`;
      problems.require(leaf.image, `${at}.image`, "may not be empty");
      problems.require(!template.parallelism, `${path}.parallelism`, "is only valid for steps and dag templates");
    } else {
      problems.require(
        template.activeDeadlineSeconds === undefined,
        `${path}.activeDeadlineSeconds`,
        "is only valid for container and script templates",
      );
    }
    const { activeDeadlineSeconds } = template;
    if (activeDeadlineSeconds !== undefined && !templated(activeDeadlineSeconds)) {
      const field = `${path}.activeDeadlineSeconds`;
      problems.check(() => void parseInteger(activeDeadlineSeconds, field, POD_DEADLINE_SECONDS));
    }

    const variables = new VariableChecks(problems, this.spec, template, path);
    if (template.dag) new DagChecks(this, variables, siblings).check(template, template.dag, `${path}.dag`);
    else if (template.steps) this.steps(template, template.steps, `${path}.steps`, siblings, variables);
    else variables.check(template, path, {});
  }

  steps(
    template: Template,
    groups: Call[][],
    path: string,
    siblings: ReadonlyMap<string, Template>,
    variables: VariableChecks,
  ): void {
    const earlier = new Map<string, Template | undefined>();
    this.names(groups.flat(), path);
    for (const [index, group] of groups.entries()) {
      const found = group.map((call, at) => [call, this.call(call, `${path}[${index}][${at}]`, siblings)] as const);
      for (const [at, call] of group.entries()) {
        variables.check(call, `${path}[${index}][${at}]`, {
          kind: "steps",
          calls: new Map(earlier),
          item: repeats(call),
        });
      }
      for (const [call, target] of found) earlier.set(call.name, target);
    }
    const { steps: _, ...rest } = template;
    variables.check(rest, path.replace(/\.steps$/, ""), { kind: "steps", calls: earlier });
  }

  /** Checks a step or a task, and finds the template that it calls. */
  call(call: Call, path: string, siblings: ReadonlyMap<string, Template>): Template | undefined {
    const { problems } = this;
    const repeated = [call.withItems?.length, call.withParam, call.withSequence].filter(Boolean).length;
    problems.require(repeated <= 1, path, "only one of withItems, withParam, withSequence can be specified");
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
        "want exactly one of count and end",
      );
    }
    problems.require(!call.template !== !call.templateRef, path, "want exactly one of template and templateRef");
    const target = this.target(call, path, siblings);
    this.names(call.arguments?.parameters, `${path}.arguments.parameters`, PARAMETER_NAME);
    this.enums(call.arguments?.parameters, `${path}.arguments.parameters`);
    if (target) this.arguments(call.arguments?.parameters, target, `${path}.arguments.parameters`);
    return target;
  }

  target(call: Call, path: string, siblings: ReadonlyMap<string, Template>): Template | undefined {
    const { templateRef } = call;
    // A reference made of variables is only known when it is reached.
    if (templated(call.template) || templated(templateRef?.name) || templated(templateRef?.template)) return undefined;
    if (!templateRef) {
      const found = siblings.get(call.template ?? "");
      if (call.template) this.problems.require(found, `${path}.template`, `template name '${call.template}' undefined`);
      return found;
    }
    for (const field of ["name", "template"] as const)
      this.problems.require(templateRef[field], `${path}.templateRef.${field}`, "is required");
    if (!templateRef.name || !templateRef.template) return undefined;
    const holder = templateRef.clusterScope
      ? this.library.clusterWorkflowTemplate(templateRef.name)
      : this.library.workflowTemplate(templateRef.name);
    const kind = templateRef.clusterScope ? "cluster workflow template" : "workflow template";
    this.problems.require(holder, `${path}.templateRef.name`, `${kind} ${templateRef.name} not found`);
    const found = holder?.spec.templates?.find(({ name }) => name === templateRef.template);
    if (holder)
      this.problems.require(
        found,
        `${path}.templateRef.template`,
        `template ${templateRef.template} not found in ${kind} ${templateRef.name}`,
      );
    const key = `${templateRef.clusterScope ? "cluster" : "namespaced"}/${templateRef.name}`;
    if (holder && !this.seen.has(key)) {
      this.seen.add(key);
      // Only the templates of a referred WorkflowTemplate are used; the rest of its spec is for workflows made from it.
      this.templates({ templates: holder.spec.templates ?? [] }, `${kind} ${templateRef.name}: spec`);
    }
    return found;
  }

  enums(parameters: Parameter[] | undefined, path: string): void {
    for (const [index, parameter] of (parameters ?? []).entries())
      checkEnum(this.problems, parameter, `${path}[${index}]`);
  }

  arguments(args: Parameter[] | undefined, target: Template, path: string): void {
    for (const { name, value, default: fallback } of target.inputs?.parameters ?? []) {
      const supplied = args?.some((argument) => argument.name === name && argument.value !== undefined);
      this.problems.require(
        supplied || value !== undefined || fallback !== undefined,
        path,
        `inputs.parameters.${name} of template ${target.name} was not supplied`,
      );
    }
  }

  times(): void {
    const { problems } = this;
    const { activeDeadlineSeconds, podGC, ttlStrategy = {} } = this.spec;
    if (activeDeadlineSeconds !== undefined)
      problems.check(() => void parseInteger(activeDeadlineSeconds, "spec.activeDeadlineSeconds", DEADLINE_SECONDS));
    const delay = podGC?.deleteDelayDuration;
    if (delay && !templated(delay)) problems.check(() => void parseDuration(delay, "spec.podGC.deleteDelayDuration"));
    for (const [field, seconds] of Object.entries(ttlStrategy))
      problems.check(() => void parseInteger(seconds, `spec.ttlStrategy.${field}`, INT32));
  }

  workflow(): void {
    const { spec, problems } = this;
    this.templates(spec, "spec");
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
    this.names(spec.arguments?.parameters, "spec.arguments.parameters", PARAMETER_NAME);
    this.enums(spec.arguments?.parameters, "spec.arguments.parameters");
    for (const field of ["entrypoint", "onExit"] as const) {
      const name = spec[field];
      if (!name) continue;
      const target = byName.get(name);
      problems.require(target, `spec.${field}`, `template name '${name}' undefined`);
      if (target) this.arguments(spec.arguments?.parameters, target, "spec.arguments.parameters");
    }
    if (spec.retryStrategy) checkRetry(problems, spec.retryStrategy, "spec.retryStrategy");
    this.times();
  }
}

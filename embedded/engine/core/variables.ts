// Checks that every `{{variable}}` of a template will have a value.

import { GLOBAL_NAMES } from "./globals.ts";
import type { Problems } from "./problems.ts";
import { isResult } from "./results.ts";
import { isVariable, tags } from "./substitute.ts";
import { strftime } from "./time.ts";
import type { Template, WorkflowSpec } from "./types.ts";

/** The variables of a text in addition to the workflow's and the template's own. */
export interface Scope {
  kind?: "tasks" | "steps";
  /** The names of the template's calls, with the called template where it is known. */
  calls?: ReadonlyMap<string, Template | undefined>;
  /** Whether a call comes before the text's own; by default all do. */
  visible?: (call: string) => boolean;
  item?: boolean;
}

export class VariableChecks {
  readonly #problems: Problems;
  readonly #spec: WorkflowSpec;
  readonly #template: Template;
  readonly #inputs: ReadonlySet<string>;
  readonly #outer: (tag: string) => boolean;

  /** `outer` has the variables of the call in which the template stands, where it is an inline one. */
  constructor(
    problems: Problems,
    spec: WorkflowSpec,
    template: Template,
    outer: (tag: string) => boolean = () => false,
  ) {
    this.#problems = problems;
    this.#spec = spec;
    this.#template = template;
    this.#inputs = new Set((template.inputs?.parameters ?? []).map(({ name }) => name));
    this.#outer = outer;
  }

  /** Records every unresolvable variable in `value`, with the path of its field. */
  check(value: unknown, path: string, scope: Scope): void {
    if (typeof value === "string") {
      for (const tag of tags(value)) {
        if (isVariable(tag) && !tag.includes("*") && !this.hasValue(tag, scope)) {
          this.#problems.invalid.push(`${path}: failed to resolve {{${tag}}}`);
        }
      }
    } else if (Array.isArray(value)) {
      value.forEach((item, index) => void this.check(item, `${path}[${index}]`, scope));
    } else if (value !== null && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) {
        // An inline template has variables of its own.
        if (key === "inline") continue;
        // The `parameter` of an output is a reference, with braces or without.
        const text = key === "parameter" && typeof inner === "string" && !inner.includes("{{") ? `{{${inner}}}` : inner;
        this.check(text, `${path}.${key}`, scope);
      }
    }
  }

  /** Whether a variable will have a value. */
  hasValue(tag: string, scope: Scope): boolean {
    return this.#isOwn(tag, scope) || this.#outer(tag);
  }

  #isOwn(tag: string, scope: Scope): boolean {
    const [head = "", ...others] = tag.split(".");
    const rest = others.join(".");
    switch (head) {
      case "item":
        return scope.item === true;
      case "workflow":
        return this.#isGlobal(rest);
      case "inputs":
        return (
          rest === "parameters" ||
          (rest.startsWith("parameters.") && this.#inputs.has(rest.slice("parameters.".length)))
        );
      case "outputs":
        return this.#template.outputs?.parameters?.some(({ name }) => rest === `parameters.${name}.path`) ?? false;
      case "tasks":
      case "steps":
        return this.#isEarlierResult(head, others, scope);
      case "pod":
        return rest === "name" && Boolean(this.#template.container ?? this.#template.script);
      case "node":
        return rest === "name";
      case "retries":
        return this.#isRetried;
      default:
        return this.#isRetried && ["exitCode", "status", "duration", "message"].includes(rest);
    }
  }

  get #isRetried(): boolean {
    return Boolean(
      this.#template.retryStrategy ?? this.#spec.templateDefaults?.retryStrategy ?? this.#spec.retryStrategy,
    );
  }

  #isGlobal(rest: string): boolean {
    if (GLOBAL_NAMES.has(rest)) return true;
    const [head = "", ...others] = rest.split(".");
    const tail = others.join(".");
    if (head === "parameters") return this.#spec.arguments?.parameters?.some(({ name }) => name === tail) ?? false;
    if (head === "creationTimestamp") return tail === "RFC3339" || strftime(new Date(0), tail) !== undefined;
    return (head === "labels" || head === "annotations") && tail !== "";
  }

  #isEarlierResult(head: "tasks" | "steps", [name = "", ...others]: string[], scope: Scope): boolean {
    if (name === "name" && others.length === 0) return true;
    if (scope.kind !== head || !scope.calls?.has(name) || scope.visible?.(name) === false) return false;
    const rest = others.join(".");
    if (!isResult(rest)) return false;
    const target = scope.calls.get(name);
    const parameterName = rest.startsWith("outputs.parameters.") ? rest.slice("outputs.parameters.".length) : undefined;
    if (!target || parameterName === undefined) return true;
    return target.outputs?.parameters?.some((parameter) => parameter.name === parameterName) ?? false;
  }
}

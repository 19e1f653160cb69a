// Finding the template that a call means, in the workflow or in a WorkflowTemplate, and keeping what was found: a
// template that changes later must not change a workflow that runs.
import { withDefaults } from "./merge.ts";
import { Problems } from "./problems.ts";
import { checkTemplateFields } from "./schema.ts";
import { type Lookup, substitute } from "./substitute.ts";
import { type Library, SpecError, type Template, type TemplateRef, type WorkflowSpec } from "./types.ts";

export interface Reference {
  template?: string;
  templateRef?: TemplateRef;
}

/** The template that a call means, with the caller's variables put in. Throws a SpecError for one without a name. */
export function resolveReference({ template, templateRef }: Reference, lookup: Lookup): Reference {
  const named = (text: string, field: string) => {
    const name = substitute(text, lookup);
    if (name === "") throw new SpecError(`${field}: is empty`);
    return name;
  };
  if (!templateRef) return template ? { template: named(template, "template") } : {};
  return {
    templateRef: {
      ...templateRef,
      name: named(templateRef.name, "templateRef.name"),
      template: named(templateRef.template, "templateRef.template"),
    },
  };
}

/** Where a template's own calls are looked up. */
export interface Base {
  scope: "local" | "namespaced" | "cluster";
  /** The name of the WorkflowTemplate, or of the workflow; empty when a workflow's spec came from a WorkflowTemplate. */
  resource: string;
}

export interface Found {
  template: Template;
  /** The base of the calls that the template makes. */
  base: Base;
}

export const scopeOf = (base: Base) => `${base.scope}/${base.resource}`;

export function parseScope(scope: string | undefined): Base {
  const [kind = "local", resource = ""] = (scope ?? "local/").split("/");
  return { scope: kind === "namespaced" || kind === "cluster" ? kind : "local", resource };
}

export class Templates {
  readonly stored: Map<string, Template>;
  stale = false;
  readonly #spec: WorkflowSpec;
  readonly #library: Library;
  readonly #local: Map<string, Template>;
  readonly #merged = new Map<Template, Template>();

  constructor(spec: WorkflowSpec, library: Library, stored: Record<string, Template>) {
    this.#spec = spec;
    this.#library = library;
    this.#local = new Map((spec.templates ?? []).map((template) => [template.name, template]));
    this.stored = new Map(Object.entries(stored));
  }

  #fromLibrary(base: Base, name: string): Template {
    const holder =
      base.scope === "cluster"
        ? this.#library.clusterWorkflowTemplate(base.resource)
        : this.#library.workflowTemplate(base.resource);
    const kind = base.scope === "cluster" ? "cluster workflow template" : "workflow template";
    if (!holder) throw new SpecError(`${kind} ${base.resource} not found`);
    const template = holder.spec.templates?.find((candidate) => candidate.name === name);
    if (!template) throw new SpecError(`template ${name} not found in ${kind} ${base.resource}`);
    // What a variable names, or what came to be after the workflow's submission, wasn't looked at then.
    const problems = new Problems();
    problems.add(checkTemplateFields(template, `${kind} ${base.resource}: template ${name}`));
    problems.throw();
    const metadata = holder.spec.podMetadata;
    if (!metadata) return template;
    return {
      ...template,
      metadata: {
        labels: { ...metadata.labels, ...template.metadata?.labels },
        annotations: { ...metadata.annotations, ...template.metadata?.annotations },
      },
    };
  }

  #find(base: Base, name: string): Template {
    if (base.scope === "local") {
      const local = this.#local.get(name);
      if (!local) throw new SpecError(`template ${name} not found`);
      return local;
    }
    const key = `${scopeOf(base)}/${name}`;
    const stored = this.stored.get(key);
    if (stored) return stored;
    const found = this.#fromLibrary(base, name);
    this.stored.set(key, found);
    this.stale = true;
    return found;
  }

  /** The template that a call in `base` means, with the workflow's defaults. Throws a SpecError when there is none. */
  resolve(call: Reference, base: Base): Found {
    const { templateRef } = call;
    const within: Base = templateRef
      ? { scope: templateRef.clusterScope ? "cluster" : "namespaced", resource: templateRef.name }
      : base;
    const found = this.#find(within, templateRef?.template ?? call.template ?? "");
    let template = this.#merged.get(found);
    if (!template) {
      template = withDefaults(found, this.#spec.templateDefaults);
      this.#merged.set(found, template);
    }
    return { template, base: within };
  }
}

// Finds the template of a call, in the workflow or in a WorkflowTemplate, and stores the one found: a later change of a
// WorkflowTemplate must not change a running workflow.
import { withDefaults } from "./merge.ts";
import { Problems } from "./problems.ts";
import { checkTemplateFields } from "./schema.ts";
import { type Lookup, substitute } from "./substitute.ts";
import { type Library, SpecError, type Template, type TemplateRef, type WorkflowSpec } from "./types.ts";

export interface Reference {
  template?: string;
  templateRef?: TemplateRef;
  inline?: Template;
}

/** A call's reference after substitution. Throws a SpecError where a name in it is empty. */
export function resolveReference({ template, templateRef, inline }: Reference, lookup: Lookup): Reference {
  if (inline) return { inline };
  const resolveName = (text: string, field: string) => {
    const name = substitute(text, lookup);
    if (name === "") throw new SpecError(`${field}: is empty`);
    return name;
  };
  if (!templateRef) return template ? { template: resolveName(template, "template") } : {};
  return {
    templateRef: {
      ...templateRef,
      name: resolveName(templateRef.name, "templateRef.name"),
      template: resolveName(templateRef.template, "templateRef.template"),
    },
  };
}

/** Where a template's own calls are looked up. */
export interface Base {
  scope: "local" | "namespaced" | "cluster";
  /** The name of the WorkflowTemplate, or of the workflow; empty where the workflow's spec is from a WorkflowTemplate. */
  resource: string;
}

/** A template, and where its own calls are looked up. */
export interface ResolvedTemplate {
  template: Template;
  base: Base;
}

export const scopeOf = (base: Base) => `${base.scope}/${base.resource}`;

export function parseScope(scope: string | undefined): Base {
  const [kind = "local", resource = ""] = (scope ?? "local/").split("/");
  return { scope: kind === "namespaced" || kind === "cluster" ? kind : "local", resource };
}

const checkedInline = new WeakSet<Template>();

/** A template that stands in its call; it has no name, and may be newer than the check of the workflow. */
function checkInline(template: Template): void {
  if (checkedInline.has(template)) return;
  const problems = new Problems();
  problems.add(checkTemplateFields(template, "inline"));
  problems.throw();
  checkedInline.add(template);
}

export class Templates {
  /** The templates of WorkflowTemplates, for the workflow's status. */
  readonly stored: Map<string, Template>;
  /** Whether `stored` has more templates than the status. */
  hasNew = false;
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
    const resource =
      base.scope === "cluster"
        ? this.#library.clusterWorkflowTemplate(base.resource)
        : this.#library.workflowTemplate(base.resource);
    const kind = base.scope === "cluster" ? "cluster workflow template" : "workflow template";
    if (!resource) throw new SpecError(`${kind} ${base.resource} not found`);
    const template = resource.spec.templates?.find((candidate) => candidate.name === name);
    if (!template) throw new SpecError(`template ${name} not found in ${kind} ${base.resource}`);
    // A template in a variable, or one that is newer than the workflow, was not checked when the workflow was submitted.
    const problems = new Problems();
    problems.add(checkTemplateFields(template, `${kind} ${base.resource}: template ${name}`));
    problems.throw();
    const metadata = resource.spec.podMetadata;
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
    const template = this.#fromLibrary(base, name);
    this.stored.set(key, template);
    this.hasNew = true;
    return template;
  }

  /** The template that a call in `base` refers to, with the workflow's defaults. Throws a SpecError where there is none. */
  resolve(call: Reference, base: Base): ResolvedTemplate {
    const { templateRef } = call;
    const templateBase: Base = templateRef
      ? { scope: templateRef.clusterScope ? "cluster" : "namespaced", resource: templateRef.name }
      : base;
    if (call.inline) checkInline(call.inline);
    const declared = call.inline ?? this.#find(templateBase, templateRef?.template ?? call.template ?? "");
    let template = this.#merged.get(declared);
    if (!template) {
      template = withDefaults(declared, this.#spec.templateDefaults);
      this.#merged.set(declared, template);
    }
    return { template, base: templateBase };
  }
}

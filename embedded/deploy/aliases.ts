// Finds the URNs that a resource had in earlier programs: its own aliases, and those inherited from its parents.
// The rules are those of Pulumi's engine (pkg/resource/deploy/step_generator.go, generateAliases).
import type resource from "@pulumi/pulumi/proto/resource_pb.js";

/** The URN as Pulumi forms it: the type is prefixed with the parent's qualified type, unless the parent is the stack. */
export function urnOf(project: string, stack: string, type: string, name: string, parent: string): string {
  const chain = parent ? (parent.split("::")[2] ?? "") : "";
  const qualified = chain && chain !== "pulumi:pulumi:Stack" ? `${chain}$${type}` : type;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** The name of a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** Collects the aliases of the resources registered so far: children inherit from them. */
export class Aliases {
  readonly #known = new Map<string, string[]>();

  /** The aliases of a registration, each once, without its present URN. Parents are registered before their children. */
  of(request: resource.RegisterResourceRequest, project: string, stack: string): string[] {
    const type = request.getType();
    const name = request.getName();
    const parent = request.getParent();
    const urn = urnOf(project, stack, type, name, parent);
    const parents = this.#known.get(parent) ?? [];
    // A child named after its parent was named after the parent's former name.
    const inherited = (child: string, formerParent: string) =>
      child.startsWith(nameOf(parent)) ? nameOf(formerParent) + child.slice(nameOf(parent).length) : child;
    const found = new Set<string>(request.getAliasurnsList());
    for (const former of parents) found.add(urnOf(project, stack, type, inherited(name, former), former));
    for (const alias of request.getAliasesList()) {
      const spec = alias.getSpec();
      if (!spec) {
        found.add(alias.getUrn());
        continue;
      }
      const inside = (at: string, called: string) =>
        urnOf(spec.getProject() || project, spec.getStack() || stack, spec.getType() || type, called, at);
      if (spec.getNoparent()) found.add(inside("", spec.getName() || name));
      else if (spec.getParenturn()) found.add(inside(spec.getParenturn(), spec.getName() || name));
      else {
        found.add(inside(parent, spec.getName() || name));
        for (const former of parents) found.add(inside(former, inherited(spec.getName() || name, former)));
      }
    }
    found.delete(urn);
    found.delete("");
    const aliases = [...found];
    this.#known.set(urn, aliases);
    return aliases;
  }
}

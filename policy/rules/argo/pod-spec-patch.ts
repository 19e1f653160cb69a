// Workflows must not patch the pods of their templates.
import { workflowRule } from "../../kinds/workflows.ts";
import { each, gather, textOf } from "../../unknown.ts";
import { fields, items } from "../../values.ts";

export const podSpecPatch = workflowRule({
  name: "workflow-pod-spec-patch",
  severity: "critical",
  description: "Nothing in a workflow patches the pods that Argo makes.",
  remedy: "Leave podSpecPatch out and use the template's own fields.",
  check: ({ spec, path }, report) =>
    each(patchesIn(spec, path), (where) => report(where, "a patch bypasses every rule", "leave it out")),
});

/** Paths of all patches: of the workflow, its templates and their defaults, and the pods that collect artifacts. */
function patchesIn(value: unknown, path: string): string[] {
  if (Array.isArray(value))
    return gather(items(value), (item, i) => {
      const isNamed = path.endsWith(".templates");
      return patchesIn(item, `${path}[${i}]${isNamed ? ` (${textOf(() => item.name)})` : ""}`);
    });
  const object = fields(value);
  return gather(Object.keys(object), (name) => {
    if (name !== "podSpecPatch") return patchesIn(object[name], `${path}.${name}`);
    return object[name] ? [`${path}.${name}`] : [];
  });
}

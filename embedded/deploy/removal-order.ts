// The order in which resources are removed.
import { groupOf } from "./kubernetes/kinds.ts";
import { urnOfProvider } from "./provider-urn.ts";
import type { ResourceState } from "./state-types.ts";

/** By URN: the URNs of resources that must be removed first. Throws where they form a cycle. */
export function goneBefore(gone: ReadonlyMap<string, ResourceState>): ReadonlyMap<string, string[]> {
  const before = new Map([...gone].map(([urn]) => [urn, [] as string[]]));
  for (const [urn, resource] of gone) for (const needed of neededBy(urn, resource, gone)) before.get(needed)?.push(urn);
  refuseCycles(before);
  return before;
}

/** Resources that must be removed after a resource: its provider, its dependencies, its namespace, the definition of its kind. */
function neededBy(
  urn: string,
  { dependencies, target, provider }: ResourceState,
  all: ReadonlyMap<string, ResourceState>,
) {
  const needed = new Set([urnOfProvider(provider), ...dependencies].filter((other) => other !== urn));
  if (target)
    for (const [other, { target: holder, provider: holderProvider }] of all) {
      if (other === urn || !holder || holderProvider !== provider) continue;
      const isSpace = holder.kind === "Namespace" && holder.apiVersion === "v1" && target.namespace === holder.name;
      // A definition is called `<plural>.<group>`; the API server accepts no other name.
      const [, ...group] = holder.name.split(".");
      const isDefinition = holder.kind === "CustomResourceDefinition" && group.join(".") === groupOf(target.apiVersion);
      if (isSpace || isDefinition) needed.add(other);
    }
  return needed;
}

function refuseCycles(before: ReadonlyMap<string, string[]>): void {
  const finished = new Set<string>();
  const visit = (urn: string, above: string[]): void => {
    if (finished.has(urn)) return;
    if (above.includes(urn)) throw new Error(`the state's dependencies form a cycle: ${[...above, urn].join(" → ")}`);
    for (const next of before.get(urn) ?? []) visit(next, [...above, urn]);
    finished.add(urn);
  };
  for (const urn of before.keys()) visit(urn, []);
}

// Splits and merges states of earlier releases, where several stacks could share one Secret.

import { formerApplySetId, fullName, isUrnOf, type StackId, stackOfUrn } from "./names.ts";
import { keyOfFormer } from "./state-entries.ts";
import type { ResourceState, State } from "./state-types.ts";

const bare: Omit<State, "resources"> = { outputs: {}, secretOutputs: [] };

/**
 * A stack's own part of a state under the former name: its resources by their URNs, and the outputs where the
 * state was written for it. `owner` is the `project/stack` in the state's annotation. undefined where the stack has no part in it.
 */
export function ownPart(state: State, id: StackId, owner: string | undefined): State | undefined {
  const own = Object.entries(state.resources).filter(([urn]) => isUrnOf(id, urn));
  const others = own.length < Object.keys(state.resources).length;
  const isOwner = owner === undefined ? !others : [fullName(id), `${id.project}/${id.stack}`].includes(owner);
  if (own.length === 0 && !isOwner) return undefined;
  const applySet = formerApplySetId(id);
  const resources = Object.fromEntries(
    own.map(([urn, resource]) => [urn, resource.target ? { ...resource, applySet } : resource]),
  );
  return { ...(isOwner ? state : bare), resources };
}

/** The rest of a state without a stack's own part, and its owner; undefined where nothing is left. */
export function othersPart(state: State, id: StackId): { state: State; owner: StackId } | undefined {
  const others = Object.entries(state.resources).filter(([urn]) => !isUrnOf(id, urn));
  const [[urn] = []] = others;
  return urn ? { state: { ...bare, resources: Object.fromEntries(others) }, owner: stackOfUrn(urn) } : undefined;
}

/**
 * Merges the present state with that of an earlier release: the present one wins where both have a
 * resource, and an object that only the earlier one has is kept to be removed.
 */
export function joined(present: State, former: State): State {
  const resources: Record<string, ResourceState> = { ...present.resources };
  for (const [urn, resource] of Object.entries(former.resources)) {
    const known = resources[urn];
    if (!known) resources[urn] = resource;
    else if (resource.target && JSON.stringify(known.target) !== JSON.stringify(resource.target))
      resources[keyOfFormer(urn, resource)] = resource;
  }
  return { ...present, resources };
}

// States of earlier releases, whose names several stacks could have in common: what is whose in one.
import { keyOfFormer } from "./kept.ts";
import { formerApplySetId, fullName, isUrnOf, type StackId, stackOfUrn } from "./names.ts";
import type { ResourceState, State } from "./remembered.ts";

const bare: Omit<State, "resources"> = { outputs: {}, secretOutputs: [] };

/**
 * A stack's own part of a state that was kept under the former name: its resources by their URNs, and the outputs where the
 * state was written for it. `owner` is the `project/stack` that the state says. undefined where there is nothing of its.
 */
export function ownPart(state: State, id: StackId, owner: string | undefined): State | undefined {
  const own = Object.entries(state.resources).filter(([urn]) => isUrnOf(id, urn));
  const others = own.length < Object.keys(state.resources).length;
  const isOwner = owner === undefined ? !others : [fullName(id), `${id.project}/${id.stack}`].includes(owner);
  if (own.length === 0 && !isOwner) return undefined;
  const applySet = formerApplySetId(id);
  const resources = Object.fromEntries(own.map(([urn, one]) => [urn, one.target ? { ...one, applySet } : one]));
  return { ...(isOwner ? state : bare), resources };
}

/** What is left of a state when a stack's own part is out of it, and whose that is; undefined where nothing is. */
export function othersPart(state: State, id: StackId): { state: State; owner: StackId } | undefined {
  const others = Object.entries(state.resources).filter(([urn]) => !isUrnOf(id, urn));
  const [[urn] = []] = others;
  return urn ? { state: { ...bare, resources: Object.fromEntries(others) }, owner: stackOfUrn(urn) } : undefined;
}

/**
 * The present state with what an earlier release has written since or before: the present one is right where both know a
 * resource, and an object that only the other one knows is one to be removed.
 */
export function joined(present: State, former: State): State {
  const resources: Record<string, ResourceState> = { ...present.resources };
  for (const [urn, one] of Object.entries(former.resources)) {
    const known = resources[urn];
    if (!known) resources[urn] = one;
    else if (one.target && JSON.stringify(known.target) !== JSON.stringify(one.target))
      resources[keyOfFormer(urn, one)] = one;
  }
  return { ...present, resources };
}

// The state's entries for registrations: finds those of the previous run, and builds new ones.
import { createHash } from "node:crypto";
import { sorted } from "@agentic/api/sorted.ts";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import { groupOf } from "./kubernetes/kinds.ts";
import { annotationsOf, type Registration } from "./registration.ts";
import type { ResourceState, State } from "./state-types.ts";
import { reveal, some, unknown } from "./values.ts";

/** The URN of a registration's entry from the previous run: its present URN, or one of its aliases. */
export function previousUrn(state: State, { urn, aliases }: Pick<Registration, "urn" | "aliases">): string | undefined {
  return [urn, ...aliases].find((candidate) => candidate in state.resources);
}

/** A registration's entry from the previous run, under its present URN or one of its aliases. */
export function previousOf(state: State, registration: Registration): ResourceState | undefined {
  const known = previousUrn(state, registration);
  return known === undefined ? undefined : state.resources[known];
}

/**
 * The URNs in the state that a registration replaces: the one of its entry, and those of its aliases that
 * have no object. An object under a further alias belongs to another resource, which has left the program.
 */
export function takenBy(state: State, registration: Registration): string[] {
  const known = previousUrn(state, registration);
  return registration.aliases.filter(
    (candidate) => candidate === known || (state.resources[candidate] && !state.resources[candidate].target),
  );
}

/** Hash of a replacement trigger, which may be a secret; undefined where there is none, or it isn't known yet. */
function triggerOf({ replacementTrigger: trigger }: Registration): string | undefined {
  if (trigger === undefined || some(trigger, (part) => part === unknown)) return undefined;
  return createHash("sha256")
    .update(JSON.stringify(sorted(reveal(trigger))))
    .digest("base64url");
}

/**
 * Whether a changed trigger replaces the object of the previous run, by the engine's rule
 * (pkg/resource/deploy/step_generator.go, shouldTriggerReplace). A trigger that isn't known yet counts as changed.
 */
export function isTriggered(registration: Registration, previous: ResourceState | undefined): boolean {
  if (!previous || previous.pending || registration.replacementTrigger === undefined) return false;
  const trigger = triggerOf(registration);
  return trigger === undefined || (previous.trigger !== undefined && previous.trigger !== trigger);
}

/** The entry of a registration; `more` holds the results of making it. */
export function stateOf(registration: Registration, more: Partial<ResourceState>): ResourceState {
  const { type, name, provider, dependencies, protect, retainOnDelete, deletedWith, timeouts } = registration;
  const state: ResourceState = { ...more, type, name, provider, dependencies: [...dependencies].sort() };
  if (protect) state.protect = true;
  else delete state.protect;
  if (retainOnDelete) state.retainOnDelete = true;
  else delete state.retainOnDelete;
  if (deletedWith) state.deletedWith = deletedWith;
  const deleteTimeout = timeouts.delete ?? annotatedTimeout(annotationsOf(registration));
  if (deleteTimeout !== undefined) state.deleteTimeout = deleteTimeout;
  const trigger = triggerOf(registration);
  if (trigger) state.trigger = trigger;
  return state;
}

/** Key of a resource's object, or of a patch's part of one; the same for every version of its API. */
export function placeOf({ target, provider, manager = "" }: ResourceState): string {
  const { apiVersion = "", kind = "", namespace = "", name = "" } = target ?? {};
  return JSON.stringify([groupOf(apiVersion), kind, namespace, name, provider, manager]);
}

/**
 * Key in the state of a former or planned object of a resource, beside its present one: it is removed once the
 * program is made. No URN starts with `former`.
 */
export const keyOfFormer = (urn: string, resource: ResourceState): string => `former ${placeOf(resource)} ${urn}`;

/**
 * Adds the object that a registration is about to make to the state. The entry of the previous run stays, and the new object stands
 * beside it until it has replaced it.
 */
export function intend(
  state: State,
  registration: Registration,
  more: Pick<ResourceState, "target" | "manager">,
): void {
  const entry = stateOf(registration, { ...more, pending: true });
  const known = previousOf(state, registration);
  if (!known) state.resources[registration.urn] = entry;
  else if (placeOf(known) !== placeOf(entry)) {
    const key = keyOfFormer(registration.urn, entry);
    state.resources[key] ??= entry;
  }
}

// What the state keeps of a registration, from one run to the next.
import { createHash } from "node:crypto";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import { groupOf } from "./kubernetes/kinds.ts";
import { annotationsOf, type Registration } from "./registration.ts";
import type { ResourceState, State } from "./remembered.ts";
import { sorted } from "./sorted.ts";
import { reveal, some, unknown } from "./values.ts";

/** The URN under which an earlier run left what is a registration's now: its present one, or one of its aliases. */
export function keptUrn(state: State, { urn, aliases }: Pick<Registration, "urn" | "aliases">): string | undefined {
  return [urn, ...aliases].find((one) => one in state.resources);
}

/** What an earlier run made for a registration, under its present URN or one of its aliases. */
export function keptOf(state: State, registration: Registration): ResourceState | undefined {
  const known = keptUrn(state, registration);
  return known === undefined ? undefined : state.resources[known];
}

/**
 * The URNs of the state that a registration takes the place of: the one that it is kept under, and those of its aliases that
 * stand for no object. An object under a further alias is another resource's, which has left the program.
 */
export function takenBy(state: State, registration: Registration): string[] {
  const known = keptUrn(state, registration);
  return registration.aliases.filter((one) => one === known || (state.resources[one] && !state.resources[one].target));
}

/** What is remembered of a replacement trigger, which may be a secret; undefined where there is none, or it isn't known yet. */
function triggerOf({ replacementTrigger: trigger }: Registration): string | undefined {
  if (trigger === undefined || some(trigger, (part) => part === unknown)) return undefined;
  return createHash("sha256")
    .update(JSON.stringify(sorted(reveal(trigger))))
    .digest("base64url");
}

/**
 * Whether the trigger says to replace what an earlier run made: there was another one, as the engine has it
 * (pkg/resource/deploy/step_generator.go, shouldTriggerReplace). One that isn't known yet counts as another.
 */
export function isTriggered(registration: Registration, kept: ResourceState | undefined): boolean {
  if (!kept || kept.pending || registration.replacementTrigger === undefined) return false;
  const trigger = triggerOf(registration);
  return trigger === undefined || (kept.trigger !== undefined && kept.trigger !== trigger);
}

/** What is remembered of a registration, with what came of it. */
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

/** Names what a resource has in its cluster, the same whatever version of its API it speaks: an object, or a patch's part of one. */
export function placeOf({ target, provider, manager = "" }: ResourceState): string {
  const { apiVersion = "", kind = "", namespace = "", name = "" } = target ?? {};
  return JSON.stringify([groupOf(apiVersion), kind, namespace, name, provider, manager]);
}

/**
 * Key in the state of an object that a resource has had, or was about to have, beside its present one: it is removed once the
 * program is made. A URN begins otherwise.
 */
export const keyOfFormer = (urn: string, resource: ResourceState): string => `former ${placeOf(resource)} ${urn}`;

/**
 * Writes into a state what a registration is about to make. What an earlier run made for it stays as it is, and the new object stands
 * beside it until it has taken its place.
 */
export function intend(
  state: State,
  registration: Registration,
  more: Pick<ResourceState, "target" | "manager">,
): void {
  const entry = stateOf(registration, { ...more, pending: true });
  const known = keptOf(state, registration);
  if (!known) state.resources[registration.urn] = entry;
  else if (placeOf(known) !== placeOf(entry)) {
    const key = keyOfFormer(registration.urn, entry);
    state.resources[key] ??= entry;
  }
}

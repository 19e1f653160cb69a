// What the state keeps of a registration, from one run to the next.
import { createHash } from "node:crypto";
import { annotatedTimeout } from "./kubernetes/annotations.ts";
import { sorted } from "./random.ts";
import { annotationsOf, type Registration } from "./registration.ts";
import type { ResourceState, State } from "./state.ts";
import { reveal, some, unknown } from "./values.ts";

/** What an earlier run made for a registration, under its present URN or one of its aliases. */
export function keptOf(state: State, { urn, aliases }: Registration): ResourceState | undefined {
  const known = [urn, ...aliases].find((one) => one in state.resources);
  return known ? state.resources[known] : undefined;
}

/**
 * Key of an object that a resource has had or was about to have beside its present one: it is removed once the program is made.
 * A URN begins otherwise.
 */
export function keyOfFormer(urn: string, { target, provider, manager = "" }: ResourceState): string {
  const { apiVersion = "", kind = "", namespace = "", name = "" } = target ?? {};
  return `former ${JSON.stringify([apiVersion, kind, namespace, name, provider, manager])} ${urn}`;
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

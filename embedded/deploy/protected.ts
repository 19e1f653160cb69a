// Protected resources: as with the CLI, a run that would have to delete one changes nothing.

import { label } from "./kubernetes/cluster.ts";
import { labelOfUrn } from "./labels.ts";
import type { Recording } from "./recording.ts";
import { takenBy } from "./state-entries.ts";
import type { ResourceState, State } from "./state-types.ts";

/** Why a resource may not be deleted, and what to do; undefined where it may. */
export function protection(urn: string, { protect, pending, target }: ResourceState): string | undefined {
  // A planned resource may never have been made: the removal finds out.
  if (!protect || pending) return undefined;
  const name = target ? label(target) : labelOfUrn(urn);
  return `${name} (${urn}): it is protected: remove protect, run once, and then remove the resource`;
}

/** Throws, before anything is changed, where a program no longer declares a protected resource. */
export function refuseLosses(state: State, { registrations }: Recording): void {
  const registeredUrns = new Set(registrations.flatMap((resource) => [resource.urn, ...takenBy(state, resource)]));
  const lost = Object.entries(state.resources).flatMap(([urn, resource]) =>
    registeredUrns.has(urn) ? [] : (protection(urn, resource) ?? []),
  );
  if (lost.length > 0) throw new Error(`${howMany(lost)} would be deleted, nothing was changed:\n${indented(lost)}`);
}

const howMany = (lost: readonly string[]) => `${lost.length} protected resource${lost.length > 1 ? "s" : ""}`;
const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join("\n");

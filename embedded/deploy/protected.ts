// What must not be deleted: as with the CLI, a run that would have to changes nothing.
import { takenBy } from "./kept.ts";
import { label } from "./kubernetes/cluster.ts";
import { labelOfUrn } from "./labels.ts";
import type { Recording } from "./recording.ts";
import type { ResourceState, State } from "./remembered.ts";

/** Why a resource that is to go must stay, and the way out; undefined where it may go. */
export function protection(urn: string, { protect, pending, target }: ResourceState): string | undefined {
  // What was planned and never made can go; whether it was made is asked when it is removed.
  if (!protect || pending) return undefined;
  const name = target ? label(target) : labelOfUrn(urn);
  return `${name} (${urn}): it is protected: take protect away, run once, and then remove it`;
}

/** Throws where a program no longer asks for what is protected: before anything is changed. */
export function refuseLosses(state: State, { registrations }: Recording): void {
  const asked = new Set(registrations.flatMap((one) => [one.urn, ...takenBy(state, one)]));
  const lost = Object.entries(state.resources).flatMap(([urn, one]) =>
    asked.has(urn) ? [] : (protection(urn, one) ?? []),
  );
  if (lost.length > 0) throw new Error(`${howMany(lost)} would be deleted, nothing was changed:\n${indented(lost)}`);
}

const howMany = (lost: readonly string[]) => `${lost.length} protected resource${lost.length > 1 ? "s" : ""}`;
const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join("\n");

// What a rotation changes in the config: first another generation beside the one in use, then that one goes.
import { type Rotated, type RotationConfig, rotated } from "../config/rotation.ts";

/** What people and systems outside of the platform hold: how long they need to change it nobody here can know. */
export const heldOutside: readonly Rotated[] = ["events", "accounts"];

/** The names of what to rotate. Throws for one that there isn't. */
export function chosen(names: readonly string[]): Rotated[] {
  const unknown = names.find((name) => !(rotated as string[]).includes(name));
  if (unknown !== undefined) throw new Error(`'${unknown}' is not rotated: choose of ${rotated.join(", ")}`);
  return names.length === 0 ? [...rotated] : rotated.filter((name) => names.includes(name));
}

/** Those of the names whose rotation has begun and hasn't ended. */
export function unfinished(now: RotationConfig, names: readonly Rotated[]): Rotated[] {
  return names.filter((name) => now[name].keepPrevious);
}

/** The config in which the next generation of these is in use, and the one before is good, too. */
export function withNextGeneration(now: RotationConfig, names: readonly Rotated[]): RotationConfig {
  return change(now, names, ({ generation }) => ({ generation: generation + 1, keepPrevious: true }));
}

/** The config in which nothing but the generation in use is good. */
export function withoutPrevious(now: RotationConfig, names: readonly Rotated[]): RotationConfig {
  return change(now, names, ({ generation }) => ({ generation, keepPrevious: false }));
}

function change(
  now: RotationConfig,
  names: readonly Rotated[],
  make: (rotation: RotationConfig[Rotated]) => RotationConfig[Rotated],
): RotationConfig {
  return { ...now, ...Object.fromEntries(names.map((name) => [name, make(now[name])])) };
}

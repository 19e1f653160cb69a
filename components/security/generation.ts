// Generations of a password or token: which one is in use, and what each has of its own.

/** Which generation is in use, counted from 1, and whether the one before it is good, too. */
export interface Rotation {
  generation: number;
  keepPrevious: boolean;
}

export const firstGeneration: Rotation = { generation: 1, keepPrevious: false };

/**
 * The name of something that each generation has of its own; the first has the name alone. No tenant's name has a dot, so that no
 * tenant's role is another one's generation; names of Secrets may have one.
 */
export function generationName(name: string, generation: number): string {
  return generation === 1 ? name : `${name}.${generation}`;
}

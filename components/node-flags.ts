// Flags of Node.js for small servers that run for months.
import { quantity } from "@agentic/api/quantities.ts";

/** MiB of half of V8's young generation. With the default of 16 a server of this platform takes a third more memory. */
export const YOUNG_GENERATION = "--max-semi-space-size=2";

/** Of a container's memory what V8's heap may take; the program's own pages and its buffers have the rest. */
const heapShare = 5 / 8;

/**
 * Flags of a server whose container may take so much memory, such as `256Mi`. V8 fits its garbage to the heap's limit: without one
 * it lets the heap grow fourfold between two collections on a large machine, and lives at a third more where there is one.
 */
export function serverFlags(memoryLimit: string): string[] {
  return [YOUNG_GENERATION, `--max-old-space-size=${Math.floor((quantity(memoryLimit) * heapShare) / 2 ** 20)}`];
}

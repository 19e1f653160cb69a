// Flags of Node.js for small servers that run for months.
import { quantity } from "@agentic/api/quantities.ts";

/** MiB of half of V8's young generation. With the default of 16 a server of this platform takes a third more memory. */
export const YOUNG_GENERATION = "--max-semi-space-size=2";

/** Of a container's memory what V8's heap may take; the program's own pages and its buffers have the rest. */
const heapShare = 5 / 8;

/**
 * Flags of a server whose container may take so much memory, such as `256Mi`. V8 fits its garbage to the heap's limit: without one
 * it lets the heap grow fourfold between two collections on a large machine, and lives at a third more where there is one. In the mode
 * that saves memory it collects sooner and closes the gaps that short-lived objects leave: of the operator with thousands of workloads a
 * twentieth, for a fifteenth more CPU time. The HTTP parser is WebAssembly: V8's optimizing compiler would use 9 MB for it and make it no faster.
 */
export function serverFlags(memoryLimit: string): string[] {
  const heap = Math.floor((quantity(memoryLimit) * heapShare) / 2 ** 20);
  return ["--max-semi-space-size=1", `--max-old-space-size=${heap}`, "--memory-saver-mode", "--liftoff-only"];
}

/** One malloc arena for all threads: glibc's arenas don't return freed memory, which was a quarter of the operator's. */
export const serverEnvironment = { MALLOC_ARENA_MAX: "1" } as const;

// What test/coverage.ts uses of a package that has no types of its own.
declare module "@bcoe/v8-coverage" {
  import type { Profiler } from "node:inspector";

  interface ProcessCoverage {
    result: Profiler.ScriptCoverage[];
  }

  /** Adds up what several processes ran. Changes its input. */
  export function mergeProcessCovs(processes: ProcessCoverage[]): ProcessCoverage;
}

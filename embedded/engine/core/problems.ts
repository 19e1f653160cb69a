// Collects the problems of a workflow, so that one error reports all of them.
import { Unsupported } from "./schema.ts";
import type { FieldProblems } from "./typed.ts";
import { SpecError } from "./types.ts";

/** The most problems in one message. */
const MAX_SHOWN = 10;

/** The problems found so far. */
export class Problems {
  readonly unsupported: string[] = [];
  readonly invalid: string[] = [];

  /** Runs a check, and records the SpecError that it throws. */
  check(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.invalid.push(error.message);
    }
  }

  add({ unsupported, invalid }: FieldProblems): void {
    this.unsupported.push(...unsupported);
    this.invalid.push(...invalid);
  }

  require(condition: unknown, path: string, message: string): void {
    if (!condition) this.invalid.push(`${path}: ${message}`);
  }

  /** Throws one error with all recorded problems, where there are any. */
  throw(): void {
    const problems = [...new Set([...this.unsupported, ...this.invalid])];
    const more = problems.length > MAX_SHOWN ? `; and ${problems.length - MAX_SHOWN} more` : "";
    const message = problems.slice(0, MAX_SHOWN).join("; ") + more;
    if (this.unsupported.length > 0) throw new Unsupported(message, problems);
    if (problems.length > 0) throw new SpecError(message, problems);
  }
}

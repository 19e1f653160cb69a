// What is wrong with a workflow, collected: all of it is told at once.
import { Unsupported } from "./schema.ts";
import { SpecError } from "./types.ts";

const SHOWN = 10;

/** Problems found so far; `at` runs a check and files what it throws under a path. */
export class Problems {
  readonly unsupported: string[] = [];
  readonly invalid: string[] = [];

  at(path: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof SpecError)) throw error;
      this.invalid.push(`${path}: ${error.message}`);
    }
  }

  require(condition: unknown, path: string, message: string): void {
    if (!condition) this.invalid.push(`${path}: ${message}`);
  }

  throw(): void {
    const show = (all: string[]) =>
      all.slice(0, SHOWN).join("; ") + (all.length > SHOWN ? `; and ${all.length - SHOWN} more` : "");
    const unsupported = [...new Set(this.unsupported)];
    if (unsupported.length > 0) throw new Unsupported(show(unsupported));
    const invalid = [...new Set(this.invalid)];
    if (invalid.length > 0) throw new SpecError(show(invalid));
  }
}

// Collects the problems of a workflow, so that all are reported at once.
import { Unsupported } from "./schema.ts";
import type { FieldProblems } from "./typed.ts";
import { SpecError } from "./types.ts";

const SHOWN = 10;

/** Problems found so far; `check` files what a check throws, which names its field. */
export class Problems {
  readonly unsupported: string[] = [];
  readonly invalid: string[] = [];

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

  throw(): void {
    const show = (all: string[]) =>
      all.slice(0, SHOWN).join("; ") + (all.length > SHOWN ? `; and ${all.length - SHOWN} more` : "");
    const all = [...new Set([...this.unsupported, ...this.invalid])];
    if (this.unsupported.length > 0) throw new Unsupported(show(all));
    if (all.length > 0) throw new SpecError(show(all));
  }
}

// What the doctor says: each finding has what is wrong, where, and how to put it right.

/** `problem`: something doesn't work, or isn't safe. `warning`: it will be so, or may be. */
export type Severity = "problem" | "warning";

export interface Finding {
  severity: Severity;
  /** The object or the address that it is about. */
  where: string;
  /** What is wrong. */
  what: string;
  /** What to do. */
  fix: string;
}

export const problem = (where: string, what: string, fix: string): Finding => ({
  severity: "problem",
  where,
  what,
  fix,
});
export const warning = (where: string, what: string, fix: string): Finding => ({
  severity: "warning",
  where,
  what,
  fix,
});

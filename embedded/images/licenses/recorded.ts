// Reads recorded.json, the licences that no lock file states; record.ts writes it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Stands for a licence where the build downloads nothing of the package, or leaves it out of the image. */
export const leftOut = "left out";

/** Stands for a licence where no file of the package states one. */
export const unstated = "none stated";

/** Licences by package: SPDX expressions, or the text in the package's own metadata. */
export interface Recorded {
  /** By `module@version`. */
  go: Record<string, string>;
  /** By `name@version`. */
  python: Record<string, string>;
  /** By name: the version is that of Debian 12 on the day of the build. */
  debian: Record<string, string>;
}

export const recordedFile: string = join(import.meta.dirname, "recorded.json");

/** The recorded licences; empty where there is no file yet. */
export function readRecorded(): Recorded {
  if (!existsSync(recordedFile)) return { go: {}, python: {}, debian: {} };
  return JSON.parse(readFileSync(recordedFile, "utf8")) as Recorded;
}

// Writes the last words of a failed step: one line, which the engine shows with the step, and the operator in the workload's status.
import { existsSync, writeFileSync } from "node:fs";
import { LAST_WORDS, RESULT } from "@agentic/api/template.ts";
import { squeeze } from "./readable.ts";

/** The error as one line: without line ends and template tags, at most {@link LAST_WORDS}.maxBytes of UTF-8. */
export function lastWords(error: string): string {
  const line = squeeze(error)
    .replace(/\{(?=\{)/g, "{ ")
    .replace(/\}(?=\})/g, "} ");
  const bytes = Buffer.from(line.toWellFormed());
  // In streaming mode the decoder leaves out an incomplete character at the end.
  return new TextDecoder().decode(bytes.subarray(0, LAST_WORDS.maxBytes), { stream: true });
}

/**
 * Writes the line where the engine reads it: into the container's termination message, or into the result file where the
 * engine has mounted that as the termination message. Never throws, because the exit code already reports the failure.
 */
export function leaveLastWords(error: string, resultFile: string = RESULT.path, file: string = LAST_WORDS.path): void {
  try {
    writeFileSync(existsSync(file) ? file : resultFile, lastWords(error));
  } catch {
    // Outside a pod neither file needs to exist.
  }
}

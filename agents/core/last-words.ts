// The last words of a step that failed: one line that the engine shows with the step, and the operator in the status.
import { existsSync, writeFileSync } from "node:fs";
import { LAST_WORDS, RESULT } from "@agentic/api/template.ts";

/** The error's line as it may travel: no line ends, no template tags, at most {@link LAST_WORDS}.maxBytes of UTF-8. */
export function lastWords(error: string): string {
  const line = error
    .replace(/\s+/g, " ")
    .replace(/\{(?=\{)/g, "{ ")
    .replace(/\}(?=\})/g, "} ")
    .trim();
  const bytes = Buffer.from(line.toWellFormed());
  // Streaming leaves out the bytes of a character that was cut.
  return new TextDecoder().decode(bytes.subarray(0, LAST_WORDS.maxBytes), { stream: true });
}

/**
 * Leaves the words where the engine looks for them: in the container's termination message, which is the result file
 * itself where the engine has put it there. Never throws: the exit code says the rest.
 */
export function leaveLastWords(error: string, resultFile: string = RESULT.path, file: string = LAST_WORDS.path): void {
  try {
    writeFileSync(existsSync(file) ? file : resultFile, lastWords(error));
  } catch {
    // Outside a pod neither needs to exist.
  }
}

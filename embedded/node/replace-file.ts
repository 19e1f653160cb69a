// Writes a file so that its readers find either the former content or the new one, never a part.
import { renameSync, type WriteFileOptions, writeFileSync } from "node:fs";

/** Writes the text to `<file>.new`, with the given options, and renames that to `file`. */
export function replaceFile(file: string, text: string, options: WriteFileOptions = {}): void {
  writeFileSync(`${file}.new`, text, options);
  renameSync(`${file}.new`, file);
}

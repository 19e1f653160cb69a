// Writes a file so that whoever reads it finds the former content or the new one, never a part.
import { renameSync, type WriteFileOptions, writeFileSync } from "node:fs";

/** Writes the text beside the file, to its name with `.new`, and puts that in the file's place. `options` are of the new file. */
export function replaceFile(file: string, text: string, options: WriteFileOptions = {}): void {
  writeFileSync(`${file}.new`, text, options);
  renameSync(`${file}.new`, file);
}

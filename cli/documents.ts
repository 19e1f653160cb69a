// The YAML or JSON documents of files and of standard input.
import { readFileSync } from "node:fs";
import { text as textOf } from "node:stream/consumers";

export interface FoundDocument {
  /** The file, and the document's number in it. */
  where: string;
  value: unknown;
}

/** Those of all files, `-` for standard input; empty ones are left out. Throws with file and number where one isn't YAML. */
export async function documentsOf(files: readonly string[]): Promise<FoundDocument[]> {
  const { parseAllDocuments } = await import("yaml");
  const found: FoundDocument[] = [];
  for (const path of files) {
    const text = path === "-" ? await textOf(process.stdin) : readFileSync(path, "utf8");
    for (const [i, document] of [...parseAllDocuments(text)].entries()) {
      const where = `${path === "-" ? "standard input" : path}, document ${i + 1}`;
      const [error] = document.errors;
      if (error) throw new Error(`${where}: ${error.message}`);
      const value: unknown = document.toJS();
      if (value !== null) found.push({ where, value });
    }
  }
  return found;
}

// What the runbooks say: their commands and the messages that they promise.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Runbook {
  name: string;
  /** Lines of its fenced blocks, without the notes behind them. */
  commands: string[];
  /** What is promised in the first column of its tables: each a word or a piece of a message. */
  promised: string[];
}

const folder = join(import.meta.dirname, "../docs/runbooks");

/** Every page of docs/runbooks. */
export function runbooks(): Runbook[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md"))
    .map((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      const blocks = [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, block = ""]) => block);
      const rows = text.split("\n").filter((line) => line.startsWith("| `"));
      return {
        name: file.replace(/\.md$/, ""),
        commands: blocks.flatMap((block) =>
          block.split("\n").flatMap((line) => line.replace(/\s+#.*$/, "").trim() || []),
        ),
        promised: rows.flatMap((row) =>
          [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word),
        ),
      };
    });
}

// The console's pages as Vite builds them, in a folder of the test's own.
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

/** Builds them; returns the folder, which the caller removes. */
export async function buildPages(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "console-pages-"));
  const configFile = join(import.meta.dirname, "../../../console/pages/vite.config.ts");
  await build({ configFile, logLevel: "warn", build: { outDir: folder, emptyOutDir: true } });
  return folder;
}

/** Bytes, compressed, of all that a browser loads for the first page: the page, and what it names. */
export function firstPageBytes(folder: string): number {
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path = ""]) => path);
  return ["index.html", ...named].reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, 0);
}

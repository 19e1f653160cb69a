// Runs before each file of unit tests: a folder for temporary files.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

// What a test file leaves among the temporary files goes with it.
const before = process.env.TMPDIR;
const folder = mkdtempSync(join(tmpdir(), "unit-"));
process.env.TMPDIR = folder;
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true });
});

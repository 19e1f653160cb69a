import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

// Pulumi's SDK takes a stack trace for every resource and promise: with vitest's hundred frames each, that is half of a test's time.
Error.stackTraceLimit = 5;

// What a test file leaves among the temporary files goes with it.
const before = process.env.TMPDIR;
const folder = mkdtempSync(join(tmpdir(), "unit-"));
process.env.TMPDIR = folder;
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true });
});

// Runs before each file of unit tests: short stack traces, the SDK as programs load it, and a folder for temporary files.
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

// Pulumi's SDK takes a stack trace for every resource and promise: with vitest's hundred frames each, that is half of a test's time.
Error.stackTraceLimit = 5;

// As the deployer's programs load the SDK: without what takes a third of a test's time and nobody looks at.
const [, main] = process.argv;
process.argv[1] = createRequire(import.meta.filename).resolve("@pulumi/pulumi/cmd/run");
await import("../../embedded/deploy/preload.ts");
process.argv[1] = main ?? "";

// What a test file leaves among the temporary files goes with it.
const before = process.env.TMPDIR;
const folder = mkdtempSync(join(tmpdir(), "unit-"));
process.env.TMPDIR = folder;
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true });
});

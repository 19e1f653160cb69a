// Runs before each file of tests that run programs in their own process: short stack traces, and the SDK as programs load it.
import { createRequire } from "node:module";

// Pulumi's SDK takes a stack trace for every resource and promise: with vitest's hundred frames each, that is half of a test's time.
Error.stackTraceLimit = 5;

// As the deployer's programs load the SDK: without what takes a third of a test's time and nobody looks at.
const [, main] = process.argv;
process.argv[1] = createRequire(import.meta.filename).resolve("@pulumi/pulumi/cmd/run");
await import("../embedded/deploy/preload.ts");
process.argv[1] = main ?? "";

// Runs before each file of integration tests: programs run in the tests' own process. What is told apart there is the deployer's doing;
// the files of the project `processes`, and those that run its command, have a process for each program.
import { vi } from "vitest";

vi.mock(import("../../../embedded/deploy/program-process.ts"), async (original) =>
  (await import("./in-process.ts")).inProcess(await original()),
);

// For Vitest: `import "@agentic/pipeline-kit/vitest"` in a test or a set-up file.
import { expect } from "vitest";
import { matchers, type RunMatchers } from "./matchers.ts";

expect.extend(matchers);

declare module "vitest" {
  // As Vitest 5 declares it.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> extends RunMatchers<R> {}
}

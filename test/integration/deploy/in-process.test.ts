// Programs that run side by side in the tests' process: each fails of its own requests alone, as with a process for each.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Engine } from "../../../embedded/deploy/engine.ts";
import { runProgram } from "../../../embedded/deploy/program.ts";
import { map, program } from "./stack.ts";

/** What the program `any` fails of, where the engine answers its ConfigMap in this way. */
async function failureOf(answer: () => Promise<void>): Promise<string | undefined> {
  const register: Engine["register"] = async ({ type }) => {
    if (type.endsWith(":ConfigMap")) await answer();
    return { id: "", outputs: {} };
  };
  const values = { "any:resources": JSON.stringify([map("a", {})]) };
  const config = { values, secretKeys: [] };
  const running = runProgram(
    { directory: program("any"), main: "index.ts", project: "any", stack: "beside", config },
    { register, read: async ({ inputs }) => inputs, outputs: () => {}, log: () => {} },
    { dryRun: false },
  );
  return await running.then(
    () => undefined,
    (error: Error) => error.message,
  );
}

test("a request that is rejected fails its own program, and none beside it", async () => {
  const [slow, rejected] = await Promise.all([
    failureOf(() => sleep(500)),
    failureOf(() => Promise.reject(new Error("no answer"))),
  ]);
  expect(rejected).toContain("no answer");
  expect(slow).toBeUndefined();
});

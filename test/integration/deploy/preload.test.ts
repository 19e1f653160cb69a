// What the program's process leaves out of Pulumi's SDK, and that nothing is missing from it.
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { RunProgramOptions } from "../../../embedded/deploy/engine.ts";
import { runProgram } from "../../../embedded/deploy/program.ts";
import type { Registration } from "../../../embedded/deploy/registration.ts";

const directory = join(import.meta.dirname, "programs/loaded");

async function run(config: Record<string, string>, options: Partial<RunProgramOptions> = {}) {
  const registrations: Registration[] = [];
  const output: string[] = [];
  const running = runProgram(
    { directory, main: "index.ts", project: "test", stack: "test", config: { values: config, secretKeys: [] } },
    {
      register: async (registration) => {
        registrations.push(registration);
        return { id: "", outputs: {} };
      },
      read: async ({ inputs }) => inputs,
      outputs: () => {},
      log: (_severity, message) => void output.push(message),
    },
    { dryRun: true, ...options },
  );
  const failure = await running.then(
    () => undefined,
    (error: Error) => error.message,
  );
  return { failure, output, group: registrations.find(({ name }) => name === "group") };
}

test("what only dynamic providers and the automation API need is loaded when it is asked for, and works", async () => {
  const { failure, output } = await run({});
  expect(failure).toBeUndefined();
  const { before, text, paths, refusal, stacks, after } = JSON.parse(output[0] ?? "{}");
  expect(before).toEqual([]);
  expect(text).toContain("taken apart");
  expect(paths).toBeGreaterThan(0);
  // Scripts that were read before anybody asked for functions are known by their names.
  expect(refusal).toMatch(/: index\.ts\(\d+,\d+\)/);
  expect(stacks).toBe("function");
  expect(after).toEqual(["typescript", "arborist", "execa"]);
});

test("a program's own error still says where it was thrown", async () => {
  const { failure } = await run({ "test:fails": "true" });
  expect(failure).toContain("as it was told");
  expect(stripVTControlCharacters(failure ?? "")).toMatch(/programs\/loaded\/index\.ts:\d+/);
});

test("where a resource is constructed is told to who asks for it", async () => {
  expect((await run({})).group?.source).toBeUndefined();
  const { group } = await run({}, { positions: true });
  expect(group?.source).toEqual({ file: join(directory, "index.ts"), line: 18 });
});

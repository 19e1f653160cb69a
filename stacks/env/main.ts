// `npm run env -- up dev`: an environment by Pulumi's Automation API, for people who don't know its command line.
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { promisify } from "node:util";
import { CommandError, LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation/index.js";
import { rotate } from "../rotate/rotate.ts";
import { type Request, requestOf } from "./arguments.ts";
import { failure, outputLines } from "./outputs.ts";
import { rotatingStack } from "./rotating-stack.ts";

const root = dirname(dirname(import.meta.dirname));

/** The CLI that is on PATH; throws with what to install where there is none, or one that is too old. */
async function cli(): Promise<PulumiCommand> {
  try {
    return await PulumiCommand.get();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && !/ENOENT|not found/.test(message)) throw error;
    throw new Error(
      "there is no pulumi on PATH: install the Pulumi CLI (https://www.pulumi.com/docs/install), then pulumi login; " +
        "on a Linux machine without it, make up brings the platform up as well",
    );
  }
}

/** A stack's outputs as the CLI prints them. */
async function outputs(stack: Stack): Promise<string> {
  const { command } = stack.workspace.pulumiCommand;
  const args = ["stack", "output", "--json", "--stack", stack.name];
  return (await promisify(execFile)(command, args, { cwd: root, maxBuffer: 64 << 20 })).stdout;
}

/** Asks for the stack's name before a destroy. Throws where there is no terminal to ask at. */
async function confirmed({ action, stack, yes }: Request): Promise<void> {
  if (action !== "destroy" || yes) return;
  if (!process.stdin.isTTY)
    throw new Error(`destroy takes everything of '${stack}' away: say --yes where nobody can be asked`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Everything of '${stack}' is taken away, data included. Its name to go on: `);
  terminal.close();
  if (answer.trim() !== stack) throw new Error("nothing was destroyed");
}

async function perform(stack: Stack, { action, policies, names, finish }: Request): Promise<void> {
  const show = {
    onOutput: (text: string) => process.stdout.write(text),
    onError: (text: string) => process.stderr.write(text),
    color: process.stdout.isTTY ? "auto" : "never",
  } as const;
  const pack = policies ? { policyPacks: [join(root, "policy")] } : {};
  const run = {
    preview: () => stack.preview({ ...show, ...pack, diff: true }),
    refresh: () => stack.refresh(show),
    destroy: () => stack.destroy(show),
    up: () => stack.up({ ...show, ...pack, suppressOutputs: true }),
    rotate: async () => {
      const rotating = rotatingStack(
        stack,
        async () => void (await stack.up({ ...show, ...pack, suppressOutputs: true })),
      );
      if (!(await rotate(rotating, { names, finish }))) process.exitCode = 1;
    },
    outputs: async () => {},
  }[action];
  await run().catch((error: Error) => {
    throw error instanceof CommandError ? new Error(`${action} of '${stack.name}' failed: see above`) : error;
  });
  if (action === "up" || action === "outputs") for (const line of outputLines(await outputs(stack))) console.log(line);
}

try {
  const request = requestOf(process.argv.slice(2), root);
  await confirmed(request);
  const pulumiCommand = await cli();
  const where = { stackName: request.stack, workDir: root };
  // Only up and preview create a missing stack: a misspelt name must not.
  const make = request.action === "up" || request.action === "preview";
  const stack = make
    ? await LocalWorkspace.createOrSelectStack(where, { pulumiCommand })
    : await LocalWorkspace.selectStack(where, { pulumiCommand });
  await perform(stack, request);
} catch (error) {
  console.error(failure(error as Error));
  process.exitCode = 1;
}

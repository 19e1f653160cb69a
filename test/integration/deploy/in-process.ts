// Runs a test's programs in the test's own process, as the automation API runs its inline programs: the SDK and its requests are real,
// and a process a run, which is most of a run's work, is tried by the files that say so. Where a resource is constructed isn't said.
import { AsyncLocalStorage } from "node:async_hooks";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Program } from "../../../embedded/deploy/engine.ts";
import type { ProcessEnd, RunProcessOptions } from "../../../embedded/deploy/program-process.ts";

const require = createRequire(import.meta.filename);

const { RunRequest } =
  require("@pulumi/pulumi/proto/language_pb.js") as typeof import("@pulumi/pulumi/proto/language_pb.js");
const { LanguageServer } = require("@pulumi/pulumi/automation/server.js") as {
  LanguageServer: new (
    program: () => Promise<unknown>,
  ) => { run(call: { request: InstanceType<typeof RunRequest> }, callback: (error?: Error) => void): Promise<void> };
};

type ProgramProcess = typeof import("../../../embedded/deploy/program-process.ts");

/** Stands in for `embedded/deploy/program-process.ts`: gives the module with runs in this process. */
export const inProcess = (original: ProgramProcess): ProgramProcess => ({
  ...original,
  runProcess: async (program, address, options) => {
    // A hook that is refused would be waited for until the process ends.
    const hasHooks = Object.values(program.config.values).some((value) => value.includes('"calls":"hooks"'));
    return await (hasHooks ? original.runProcess : run)(program, address, options);
  },
});

/** A run's program. */
interface Running {
  /** The SDK's own: counts a rejected promise as the program's failure. */
  onRejection?: NodeJS.UnhandledRejectionListener;
}

/** By itself for the whole process: the modules of tests are loaded anew for each file, and each would listen. */
const shared = globalThis as { runningPrograms?: AsyncLocalStorage<Running> };
const isFirst = shared.runningPrograms === undefined;
shared.runningPrograms ??= new AsyncLocalStorage<Running>();
const running = shared.runningPrograms;

// The SDK takes every promise of the process that is rejected meanwhile for the program's, those of programs beside it too: each gets its
// own alone. What comes after a program's end is of requests that it has left behind, as those of a process that has ended.
if (isFirst)
  process.on("unhandledRejection", (reason, promise) => {
    const program = running.getStore();
    if (!program) throw reason;
    program.onRejection?.(reason, promise);
  });

/** Of the process: no run finds the modules of another. */
const counter = globalThis as { runCount?: number };

async function run(program: Program, address: string, options: RunProcessOptions): Promise<ProcessEnd> {
  const request = new RunRequest();
  request.setProject(program.project);
  request.setStack(program.stack);
  request.setOrganization("organization");
  request.setParallel(64);
  request.setArgsList([address]);
  request.setMonitorAddress(address);
  request.setDryrun(options.dryRun);
  for (const [name, value] of Object.entries(program.config.values)) request.getConfigMap().set(name, value);
  request.setConfigsecretkeysList(program.config.secretKeys);
  counter.runCount = (counter.runCount ?? 0) + 1;
  // A module of its own for each run, which registers its resources as it is loaded.
  const file = `${join(program.directory, program.main)}?run=${counter.runCount}`;
  const server = new LanguageServer(async () => ({ ...(await import(/* @vite-ignore */ file)) }));
  const current: Running = {};
  const failure = await new Promise<Error | undefined>((resolve) => {
    running.run(current, () => void server.run({ request }, (error) => resolve(error)));
    // It listens as soon as it runs.
    current.onRejection = process.listeners("unhandledRejection").at(-1);
    if (current.onRejection) process.off("unhandledRejection", current.onRejection);
  });
  current.onRejection = undefined;
  return failure ? { code: 1, text: failure.message } : { code: 0, text: "" };
}

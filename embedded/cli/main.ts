// The command behind `make`: brings an instance of the platform up on this machine, and manages it.

import { dirname } from "node:path";
import { requireStack } from "../deploy/config/config.ts";
import { endWithDescendants } from "./signals.ts";

/** Folder of the platform's program. */
const root = dirname(dirname(import.meta.dirname));

type Command = (args: readonly string[]) => Promise<void>;

/** Each command, and how it is loaded: the modules of all of them would take most of a second. */
const commands: Record<string, () => Promise<Command>> = {
  setup: async () => (await import("./setup.ts")).setup,
  up: async () => (await import("./up.ts")).up,
  down: async () => (await import("./instance.ts")).down,
  status: async () => (await import("./status.ts")).status,
  rotate: async () => (await import("./rotate.ts")).rotate,
  env: async () => (await import("./environment.ts")).environment,
  render: async () => (await import("./program.ts")).render,
  preview: async () => (await import("./program.ts")).preview,
  policy: async () => (await import("./policy.ts")).policy,
  console: async () => (await import("./console.ts")).openConsole,
  dashboards: async () => (await import("./dashboards.ts")).dashboards,
  verify: async () => (await import("./verify.ts")).verify,
  cost: async () => (await import("./cost-report/cost-report.ts")).cost,
  clean: async () => (await import("./instance.ts")).wipe,
};

/** Those that take arguments. */
const withArguments = ["policy", "verify", "cost"];

const [name = "", ...args] = process.argv.slice(2);
const load = commands[name];
if (!load) {
  console.error(`'${name}' is not a command: use one of ${Object.keys(commands).join(", ")}`);
  process.exitCode = 2;
} else if (args.length > 0 && !withArguments.includes(name)) {
  console.error(`${name} takes no arguments, and was given '${args.join(" ")}': 'make help' lists its settings`);
  process.exitCode = 2;
} else {
  endWithDescendants();
  try {
    // Checked for every command, so that a mistyped STACK is never ignored.
    requireStack(root, process.env.STACK || "embedded");
    const command = await load();
    await command(args);
  } catch (error) {
    // A user's mistake or a missing resource needs no stack trace; DEBUG=1 shows it.
    console.error(`\n${process.env.DEBUG ? (error as Error).stack : (error as Error).message}`);
    const { filledUp } = await import("./room.ts");
    const full = filledUp();
    if (full) console.error(full);
    process.exitCode = 1;
  }
}

// The command behind `make`: brings an instance of the platform up on this machine, and manages it.

import { dirname } from "node:path";
import { requireStack } from "../deploy/config/config.ts";
import { environment } from "./environment.ts";
import { down, wipe } from "./instance.ts";
import { policy } from "./policy.ts";
import { preview, render } from "./program.ts";
import { filledUp } from "./room.ts";
import { rotate } from "./rotate.ts";
import { setup } from "./setup.ts";
import { endWithDescendants } from "./signals.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";
import { verify } from "./verify.ts";

/** Folder of the platform's program. */
const root = dirname(dirname(import.meta.dirname));

const commands: Record<string, (args: readonly string[]) => Promise<void>> = {
  setup,
  up,
  down,
  status,
  rotate,
  env: environment,
  render,
  preview,
  policy,
  verify,
  clean: wipe,
};

const [name = "", ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  console.error(`'${name}' is not a command: use one of ${Object.keys(commands).join(", ")}`);
  process.exitCode = 2;
} else if (args.length > 0 && command !== policy && command !== verify) {
  console.error(`${name} takes no arguments, and was given '${args.join(" ")}': 'make help' lists its settings`);
  process.exitCode = 2;
} else {
  endWithDescendants();
  try {
    // Checked for every command, so that a mistyped STACK is never ignored.
    requireStack(root, process.env.STACK || "embedded");
    await command(args);
  } catch (error) {
    // A user's mistake or a missing resource needs no stack trace; DEBUG=1 shows it.
    console.error(`\n${process.env.DEBUG ? (error as Error).stack : (error as Error).message}`);
    const full = filledUp();
    if (full) console.error(full);
    process.exitCode = 1;
  }
}

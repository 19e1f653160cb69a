// Does what the arguments say, and ends by the exit code of that.
import { CommanderError } from "commander";
import { Ended, EXIT } from "./exit.ts";
import { explain } from "./explain.ts";
import { createProgram } from "./program.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Who reads the output has seen enough of it, as `head` has.
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  await createProgram().parseAsync();
} catch (error) {
  // Commander has said what is wrong with the arguments, or printed the help that was asked for.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  else if (error instanceof Ended) process.exitCode = error.exitCode;
  else {
    process.stderr.write(`agentic: ${explain(error)}\n`);
    process.exitCode = EXIT.refused;
  }
}

// Options that several commands have.
import { durationMs } from "@agentic/api/duration.ts";
import { type Command, InvalidArgumentError, Option } from "commander";
import { DATA_FORMATS, FORMATS } from "../output.ts";

/** `-o`, as kubectl has it. */
export const outputOption = (): Option =>
  new Option("-o, --output <format>", "how to print it").choices(FORMATS).default("table");

/** `-o` of what isn't a list of objects. */
export const dataOutputOption = (description = "how to print it"): Option =>
  new Option("-o, --output <format>", description).choices(DATA_FORMATS).default("table");

/** Adds examples to a command's help, each with what it does. */
export function examples(command: Command, lines: Record<string, string>): Command {
  const width = Math.max(...Object.keys(lines).map((line) => line.length));
  const text = Object.entries(lines).map(([line, does]) => `  ${line.padEnd(width)}   ${does}`);
  return command.addHelpText("after", `\nExamples:\n${text.join("\n")}`);
}

/** `--timeout`, in ms, written as a duration. */
export const timeoutOption = (): Option =>
  new Option(
    "--timeout <duration>",
    "wait no longer than this, such as 90s, 10m or 1h30m; default: for ever",
  ).argParser((text: string): number => {
    try {
      return durationMs(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  });

/** Collects `name=value` of an option that is given once for each name. */
export function collected(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("it must be name=value.");
  const name = text.slice(0, at);
  if (name in before) throw new InvalidArgumentError(`${name} is there twice.`);
  return { ...before, [name]: text.slice(at + 1) };
}

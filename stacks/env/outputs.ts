// What the CLI says, for people: outputs, whose secrets are named and never shown, and why a command failed.
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";

/** A line an output. */
export function outputLines(outputs: OutputMap): string[] {
  return Object.entries(outputs).map(([name, { value, secret }]) => {
    if (secret) return `${name}: [secret]`;
    return `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
}

/** Why something failed. The Automation API says all that a command printed twice, and the command: the CLI's errors are enough. */
export function failure({ message }: Error): string {
  const errors = new Set(message.match(/^error: .*(\n(?!\S+\?: | err\?: ).+)*/gm));
  return errors.size > 0 ? [...errors].join("\n") : message;
}

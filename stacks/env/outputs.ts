// What the CLI says, for people: outputs, whose secrets are named and never shown, and why a command failed.

/**
 * A line an output, of what `pulumi stack output --json` prints: the CLI hides secrets inside of outputs too, which the Automation
 * API hands over in clear.
 */
export function outputLines(json: string): string[] {
  return Object.entries(JSON.parse(json) as Record<string, unknown>).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
}

/** Why something failed. The Automation API says all that a command printed twice, and the command: the CLI's errors are enough. */
export function failure({ message }: Error): string {
  const errors = new Set(message.match(/^error: .*(\n(?!\S+\?: | err\?: ).+)*/gm));
  return errors.size > 0 ? [...errors].join("\n") : message;
}

// Shows people what the CLI prints: outputs, with secrets hidden, and why a command failed.

/**
 * A line an output, of what `pulumi stack output --json` prints: the CLI hides secrets inside of outputs too, which the Automation
 * API hands over in clear.
 */
export function outputLines(json: string): string[] {
  return Object.entries(JSON.parse(json) as Record<string, unknown>).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
}

/** Why a command failed: of the Automation API's message, which repeats the whole output, only the CLI's errors. */
export function failure({ message }: Error): string {
  const errors = new Set(message.match(/^error: .*(\n(?!\S+\?: | err\?: ).+)*/gm));
  return errors.size > 0 ? [...errors].join("\n") : message;
}

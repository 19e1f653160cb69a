// A stack's outputs for people: secrets are named, never shown.
import type { OutputMap } from "@pulumi/pulumi/automation/index.js";

/** A line an output. */
export function outputLines(outputs: OutputMap): string[] {
  return Object.entries(outputs).map(([name, { value, secret }]) => {
    if (secret) return `${name}: [secret]`;
    return `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`;
  });
}

// Checks a container's requests and limits of cpu and memory.
import { quantity } from "@agentic/api/quantities.ts";
import type { Report } from "../rule.ts";
import { each } from "../unknown.ts";
import { type Fields, fields } from "../values.ts";

/** Reports each request, and the limit of memory, that a container at a path leaves out. */
export function checkResources(container: Fields, path: string, report: Report): void {
  const part = (name: string) => fields(fields(container.resources)[name]);
  each(["cpu", "memory"], (name) => {
    if (isMissing(part("requests")[name]))
      report(`${path}.resources.requests.${name}`, "missing", "say what it needs, so that it is placed well");
  });
  const { memory } = part("limits");
  // For the kubelet a limit of zero means no limit.
  if (isMissing(memory) || quantity(memory) === 0)
    report(`${path}.resources.limits.memory`, "missing", "say what it may take, so that it can't starve others");
}

const isMissing = (quantity: unknown): boolean => quantity === undefined || quantity === null || quantity === "";

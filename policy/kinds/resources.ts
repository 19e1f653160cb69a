// What a container says of the machine's cpu and memory that it needs.
import type { Report } from "../rule.ts";
import { type Fields, fields } from "../values.ts";

/** Reports each request, and the limit of memory, that a container at a path leaves out. */
export function checkResources(container: Fields, path: string, report: Report): void {
  const { requests, limits } = fields(container.resources);
  for (const name of ["cpu", "memory"])
    if (fields(requests)[name] === undefined)
      report(`${path}.resources.requests.${name}`, "missing", "say what it needs, so that it is placed well");
  if (fields(limits).memory === undefined)
    report(`${path}.resources.limits.memory`, "missing", "say what it may take, so that it can't starve others");
}

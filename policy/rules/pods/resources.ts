// Every container says what it needs and what it may take.
import { containerRule } from "../../kinds/pods.ts";
import { fields } from "../../values.ts";

export const resources = containerRule(
  {
    name: "resources",
    severity: "medium",
    description: "Containers have requests for cpu and memory and a limit for memory.",
    remedy: "Set resources.requests.cpu, resources.requests.memory and resources.limits.memory to what was measured.",
  },
  ({ container, path }, report) => {
    const { requests, limits } = fields(container.resources);
    for (const name of ["cpu", "memory"])
      if (fields(requests)[name] === undefined)
        report(`${path}.resources.requests.${name}`, "missing", "say what it needs, so that it is placed well");
    if (fields(limits).memory === undefined)
      report(`${path}.resources.limits.memory`, "missing", "say what it may take, so that it can't starve others");
  },
);

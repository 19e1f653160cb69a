// Every container says what it needs and what it may take.
import { containersOf, fields, objectRule, podOf, say } from "../objects.ts";

export const resourceLimits = objectRule(
  "resource-limits",
  "Containers have requests for cpu and memory and a limit for memory.",
  (object, report) => {
    const pod = podOf(object);
    if (!pod) return;
    for (const { path, container } of containersOf(pod)) {
      const { requests, limits } = fields(container.resources);
      for (const name of ["cpu", "memory"])
        if (fields(requests)[name] === undefined)
          report(say(`${path}.resources.requests.${name}`, "missing", "say what it needs, so that it is placed well"));
      if (fields(limits).memory === undefined)
        report(
          say(`${path}.resources.limits.memory`, "missing", "say what it may take, so that it can't starve others"),
        );
    }
  },
);

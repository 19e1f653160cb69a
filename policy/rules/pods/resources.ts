// Containers must have resource requests and a memory limit.
import { containerRule } from "../../kinds/pods.ts";
import { checkResources } from "../../kinds/resources.ts";

export const resources = containerRule({
  name: "resources",
  severity: "medium",
  description: "Containers have requests for cpu and memory and a limit for memory.",
  remedy: "Set resources.requests.cpu, resources.requests.memory and resources.limits.memory to what was measured.",
  check: ({ container, path }, report) => checkResources(container, path, report),
});

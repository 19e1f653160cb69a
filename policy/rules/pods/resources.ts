// Containers must have resource requests and a memory limit.
import { quantity } from "@agentic/api/quantities.ts";
import { fieldPath } from "../../kinds/pod.ts";
import { containerRule } from "../../kinds/pods.ts";
import { each, independently, ownField } from "../../unknown.ts";
import { at, fields } from "../../values.ts";

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === "";

export const resources = containerRule({
  name: "resources",
  severity: "medium",
  description:
    "Containers have requests for cpu and memory and a limit for memory, each by itself or together as a pod.",
  remedy: "Set resources.requests.cpu, resources.requests.memory and resources.limits.memory to what was measured.",
  check: (container, report, _, { spec }) => {
    const path = fieldPath(container, "resources");
    const amountOf = (kind: string, name: string) => {
      const own = fields(container.resources())[kind];
      return fields(own)[name] ?? at(ownField(spec, "resources"), kind, name);
    };
    if (container.resources() === undefined) return;
    independently(
      () =>
        each(["cpu", "memory"], (name) => {
          if (isMissing(amountOf("requests", name)))
            report(`${path}.requests.${name}`, "missing", "say what it needs, so that it is placed well");
        }),
      () => {
        const memory = amountOf("limits", "memory");
        // For the kubelet a limit of zero means no limit.
        if (isMissing(memory) || quantity(memory) === 0)
          report(`${path}.limits.memory`, "missing", "say what it may take, so that it can't starve others");
      },
    );
  },
});

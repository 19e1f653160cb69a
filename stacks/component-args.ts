// Arguments that every component takes unchanged from the config.
import type { PriorityClasses, PriorityName } from "../components/scheduling/priority-classes.ts";
import type { ComponentConfig } from "./config/components.ts";

/** Image, size, number and priority of a component's pods. */
export function commonArgs(
  { image, replicas, resources, storage }: ComponentConfig,
  priorities: PriorityClasses,
  priority: PriorityName,
) {
  return { image, replicas, resources, storage, priorityClass: priorities.get(priority) };
}

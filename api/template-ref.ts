// The template that a workload refers to.
import type { AgentWorkload } from "./agentworkload.ts";
import { DEFAULT_WORKFLOW_TEMPLATE } from "./names.ts";

/** The name and scope of the workload's template. */
export function templateRefOf({ spec }: Pick<AgentWorkload, "spec">): { name: string; clusterScope: boolean } {
  const ref = spec.orchestration?.workflowTemplateRef;
  return { name: ref?.name ?? DEFAULT_WORKFLOW_TEMPLATE, clusterScope: ref?.clusterScope ?? false };
}

// The WorkflowTemplates that every tenant's namespace gets.
import type { WorkflowTemplate } from "./types.ts";
import { visualAnalysis } from "./visual-analysis.ts";

export { AGENT_COMPONENT, AGENT_UID, EXECUTOR_SERVICE_ACCOUNT } from "./agent-step.ts";
export type { WorkflowTemplate } from "./types.ts";

export const workflowTemplates: readonly WorkflowTemplate[] = [visualAnalysis];

// The WorkflowTemplates of every tenant's namespace, and the functions that other teams compose their own with.
import type { WorkflowTemplate } from "./types.ts";
import { visualAnalysis } from "./visual-analysis.ts";

export { AGENT_IMAGE, AGENT_UID } from "./agent-step.ts";
export { agentWorkflow, STEP_SHAPES } from "./agent-workflow.ts";
export type { AgentTask, AgentWorkflowArgs, OwnParameter, TaskName } from "./arguments.ts";
export { costEstimate, withEstimate } from "./estimate.ts";
export { ITEM, OWN_RESOURCES, type OwnTask, outputOf, parameter } from "./own-task.ts";
export type { WorkflowTemplate } from "./types.ts";

export const workflowTemplates: readonly WorkflowTemplate[] = [visualAnalysis];

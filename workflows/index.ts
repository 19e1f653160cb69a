// The WorkflowTemplates of every tenant's namespace, and the functions that other teams compose their own with.
import type { WorkflowTemplate } from "./types.ts";
import { visualAnalysis } from "./visual-analysis.ts";

export { AGENT_UID } from "./agent-step.ts";
export { type AgentTask, type AgentWorkflowArgs, agentWorkflow, STEP_SHAPES, type TaskName } from "./agent-workflow.ts";
export { costEstimate, withEstimate } from "./estimate.ts";
export type { WorkflowTemplate } from "./types.ts";

export const workflowTemplates: readonly WorkflowTemplate[] = [visualAnalysis];

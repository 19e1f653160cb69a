// The package for other teams' stacks: the platform's outputs, tenants, templates and workloads.
export type { AgentScheduleSpec } from "@agentic/api/agentschedule.ts";
export type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
export { type CatalogueTemplate, catalogueTemplate } from "@agentic/api/catalogue.ts";
export { CONTRACT_VERSION, type PlatformOutputs } from "@agentic/api/outputs.ts";
export { GATE, STEPS, type Step } from "@agentic/api/template.ts";
export {
  AGENT_IMAGE,
  type AgentTask,
  type AgentWorkflowArgs,
  agentWorkflow,
  ITEM,
  OWN_RESOURCES,
  type OwnParameter,
  type OwnTask,
  outputOf,
  parameter,
  STEP_SHAPES,
  type TaskName,
  type WorkflowTemplate,
} from "../workflows/index.ts";
export { ContractError, PlatformReference, type PublicOutputs } from "./reference.ts";
export { AgentSchedule, type AgentScheduleArgs } from "./schedule.ts";
export { Tenant, type TenantArgs } from "./tenant.ts";
export { AgentWorkload, type AgentWorkloadArgs, type DeepInput } from "./workload.ts";

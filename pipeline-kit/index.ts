// The kit for teams that write templates: compose, lint, draw, and run them in virtual time.
export { GATE, STEPS, type Step as AgentStep } from "@agentic/api/template.ts";
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
} from "../workflows/index.ts";
export { CRITERIA, type Criterion } from "./criteria.ts";
export { mermaidOf, type Step, stepsOf, textOf } from "./graph.ts";
export { type LintOptions, lint, type Problem } from "./lint.ts";
export { matchers, type RunMatchers, type Verdict } from "./matchers.ts";
export {
  type Duration,
  FAILURES,
  type FailureKind,
  fail,
  hang,
  type Outcome,
  type Success,
  succeed,
  type Timing,
} from "./outcomes.ts";
export { Run, type SimulationOptions, simulate } from "./run.ts";
export type { StepScript } from "./scripts.ts";
export type { PodOfRun, Task } from "./task.ts";
export { type AnyTemplate, isTemplate, type PipelineTemplate } from "./template.ts";

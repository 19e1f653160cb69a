// What a template is composed of.
import type { ReportChange } from "@agentic/api/changes.ts";
import type { Channel, Evaluation } from "@agentic/api/evaluation.ts";
import type { GATE, Step } from "@agentic/api/template.ts";
import type { OwnTask } from "./own-task.ts";
import type { StepShape } from "./types.ts";

/** A step of the graph, the approval gate, or a task of the team's own. */
export type TaskName = Step | typeof GATE.name | (string & Record<never, never>);

export interface AgentTask extends Partial<Omit<StepShape, "step" | "template">> {
  step: Step;
  /** Tasks that must have succeeded before it; after the gate it runs only if the gate approved. */
  after?: readonly TaskName[];
}

/** A parameter of the template's own, which `spec.parameters` of a workload sets. */
export interface OwnParameter {
  description: string;
  /** Default: none, so that each workload must set it. */
  value?: string;
  /** Allowed values. Default: any. */
  enum?: readonly string[];
}

export interface AgentWorkflowArgs {
  /** Name of the WorkflowTemplate: a DNS label. */
  name: string;
  title: string;
  /** One sentence for people. */
  description: string;
  /** The team that is responsible for it. */
  owner: string;
  /** Cost center of its runs. Default: the owner. */
  costCenter?: string;
  /** The page that says what to do when it fails. */
  runbook: string;
  /** Semantic version, such as `1.0.0`: raise it with each change. Default: none. */
  version?: string;
  /** `stable` needs a passing evaluation: policy workflow-evaluation. Default: none. */
  channel?: Channel;
  /** What the suite of evaluations says of it. */
  evaluation?: Evaluation | undefined;
  /** By name, beside those that every template has. Default: none. */
  parameters?: Readonly<Record<string, OwnParameter>>;
  /** Most pods of one run at the same time. Default: 8. */
  parallelism?: number;
  /** The platform's steps, and tasks of the team's own. */
  tasks: readonly (AgentTask | OwnTask)[];
  /**
   * A gate after these tasks, where a person or the policy engine decides. `on`: the task on whose output it is decided, default
   * `analysis`; it must run before it, and its output be JSON as the analysis's, with `confidence` (0..1), `findings` and `reasons`.
   * `changeable`: what of the report a person may change with their approval; `synthesis` must run after it. Default: nothing.
   */
  gate?: { after: readonly TaskName[]; on?: TaskName; changeable?: readonly ReportChange[] };
}

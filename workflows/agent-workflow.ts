// Composes the agents' steps into a WorkflowTemplate: its author decides the order and the gate, the platform everything else.
import { REPORT_CHANGES, type ReportChange } from "@agentic/api/changes.ts";
import type { Channel, Evaluation } from "@agentic/api/evaluation.ts";
import {
  AGENT_PRIORITY_CLASS,
  AGENT_SERVICE_ACCOUNT,
  ANNOTATIONS,
  ARGO,
  EXECUTOR_SERVICE_ACCOUNT,
  isDnsLabel,
  LABELS,
  VERSION_LABEL,
} from "@agentic/api/names.ts";
import { GATE, PARAMETERS, RESULT, STEPS, type Step } from "@agentic/api/template.ts";
import { agentParameters } from "./agent-parameters.ts";
import { AGENT_UID, agentStep } from "./agent-step.ts";
import type { DagTask, StepShape, Template, WorkflowTemplate } from "./types.ts";

const DAY = 86_400;

/** Default resources of each step's pod, and how long it may run. */
export const STEP_SHAPES: Record<Step, Omit<StepShape, "step" | "template">> = {
  // Requests stay small so that a two-core node holds the platform and a run; limits leave room for big pages.
  scrape: {
    deadline: 600,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "768Mi" } },
  },
  screenshot: {
    deadline: 600,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "768Mi" } },
  },
  dom: {
    deadline: 300,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  },
  analysis: {
    deadline: 900,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "768Mi" } },
  },
  synthesis: {
    deadline: 900,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  },
};

/** A step of the graph, or the approval gate. */
export type TaskName = Step | typeof GATE.name;

export interface AgentTask extends Partial<Omit<StepShape, "step" | "template">> {
  step: Step;
  /** Steps that must have succeeded before it; after the gate it runs only if the gate approved. */
  after?: readonly TaskName[];
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
  tasks: readonly AgentTask[];
  /**
   * A gate after these steps, where a person or the policy engine decides. `analysis` must run before it. `changeable`: what of the
   * report a person may change with their approval; `synthesis` must run after it. Default: nothing.
   */
  gate?: { after: readonly Step[]; changeable?: readonly ReportChange[] };
}

/** Without `default` the gate would end in an error once its time is up; without `duration` it would wait without end. */
function gateTemplate(changeable: readonly ReportChange[]): Template {
  const declaration = JSON.stringify(Object.fromEntries(changeable.map((name) => [name, REPORT_CHANGES[name]])));
  const isChangeable = changeable.length > 0;
  return {
    name: GATE.name,
    inputs: {
      parameters: [{ name: GATE.input }, ...(isChangeable ? [{ name: GATE.changeable, value: declaration }] : [])],
    },
    suspend: { duration: `{{workflow.parameters.${PARAMETERS.approvalTimeout}}}` },
    outputs: {
      parameters: [
        { name: GATE.output, valueFrom: { supplied: {}, default: GATE.deny } },
        { name: GATE.evidence, valueFrom: { supplied: {}, default: "" } },
        ...(isChangeable ? [{ name: GATE.changes, valueFrom: { supplied: {}, default: "{}" } }] : []),
      ],
    },
  };
}

/** Most pods of one run at the same time: no graph of the existing steps has more in parallel. */
const PARALLELISM = 8;

const succeeded = (names: readonly string[]) => names.map((name) => `${name}.Succeeded`).join(" && ");
const outputOfGate = (name: string) => `{{tasks.${GATE.name}.outputs.parameters.${name}}}`;
const approved = `'${outputOfGate(GATE.output)}' == '${GATE.approve}'`;

/** The template. Throws an error that lists all faults of the graph: unknown or repeated steps, cycles, a gate without its input. */
export function agentWorkflow(args: AgentWorkflowArgs): WorkflowTemplate {
  const errors = graphErrors(args);
  if (errors.length > 0) throw new Error(`template '${args.name}':\n${errors.map((line) => `  ${line}`).join("\n")}`);
  const gateTask: DagTask[] = args.gate
    ? [
        {
          name: GATE.name,
          template: GATE.name,
          depends: succeeded(args.gate.after),
          arguments: {
            parameters: [{ name: GATE.input, value: `{{tasks.analysis.outputs.parameters.${RESULT.parameter}}}` }],
          },
        },
      ]
    : [];
  const runsAfter = orderOf(args);
  const isAfterGate = ({ step }: AgentTask) => runsAfter(step, GATE.name);
  const gated = args.tasks.map(({ step }) => step).filter((step) => runsAfter(GATE.name, step));
  const { changeable = [] } = args.gate ?? {};
  const handedOn = [GATE.evidence, ...(changeable.length > 0 ? [GATE.changes] : [])];
  const ofGate = { parameters: handedOn.map((name) => ({ name, value: outputOfGate(name) })) };
  const task = (agentTask: AgentTask): DagTask => {
    const { step, after = [] } = agentTask;
    return {
      name: step,
      template: step,
      ...(after.length > 0 ? { depends: succeeded(after) } : {}),
      ...(after.includes(GATE.name) ? { when: approved } : {}),
      ...(isAfterGate(agentTask) ? { arguments: ofGate } : {}),
    };
  };
  const main: Template = {
    name: "main",
    dag: {
      tasks: [
        ...args.tasks.filter((candidate) => !isAfterGate(candidate)).map(task),
        ...gateTask,
        ...args.tasks.filter(isAfterGate).map(task),
      ],
    },
  };
  return {
    apiVersion: ARGO.groupVersion,
    kind: "WorkflowTemplate",
    metadata: {
      name: args.name,
      labels: {
        [LABELS.component]: "workflow-template",
        ...(args.version ? { [VERSION_LABEL]: args.version } : {}),
        ...(args.channel ? { [LABELS.channel]: args.channel } : {}),
      },
      annotations: {
        "workflows.argoproj.io/title": args.title,
        "workflows.argoproj.io/description": args.description,
        [LABELS.owner]: args.owner,
        [LABELS.costCenter]: args.costCenter ?? args.owner,
        [ANNOTATIONS.runbook]: args.runbook,
        ...(args.evaluation ? { [ANNOTATIONS.evaluation]: JSON.stringify(args.evaluation) } : {}),
      },
    },
    spec: {
      entrypoint: main.name,
      parallelism: PARALLELISM,
      arguments: { parameters: agentParameters.map((parameter) => ({ ...parameter })) },
      serviceAccountName: AGENT_SERVICE_ACCOUNT,
      automountServiceAccountToken: false,
      executor: { serviceAccountName: EXECUTOR_SERVICE_ACCOUNT },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: AGENT_UID,
        runAsGroup: AGENT_UID,
        fsGroup: AGENT_UID,
        seccompProfile: { type: "RuntimeDefault" },
      },
      podPriorityClassName: AGENT_PRIORITY_CLASS,
      // Pods of a failed run stay for debugging, until the run itself is deleted.
      podGC: { strategy: "OnWorkflowSuccess" },
      ttlStrategy: { secondsAfterCompletion: 7 * DAY, secondsAfterSuccess: DAY, secondsAfterFailure: 7 * DAY },
      templates: [
        main,
        ...args.tasks.map((agentTask) => {
          const { step, deadline, resources } = agentTask;
          const shape = STEP_SHAPES[step];
          return agentStep(
            {
              step,
              template: args.name,
              deadline: deadline ?? shape.deadline,
              resources: resources ?? shape.resources,
            },
            isAfterGate(agentTask) ? { steps: gated, hasChanges: changeable.length > 0 } : undefined,
          );
        }),
        ...(args.gate ? [gateTemplate(changeable)] : []),
      ],
    },
  };
}

type Graph = Pick<AgentWorkflowArgs, "tasks" | "gate">;

/** By step or gate: what comes directly before it. */
function predecessors({ tasks, gate }: Graph): Map<string, readonly string[]> {
  const before = new Map<string, readonly string[]>(tasks.map(({ step, after = [] }) => [step, after]));
  if (gate) before.set(GATE.name, gate.after);
  return before;
}

/** Whether one step or gate runs after another, directly or not. */
function orderOf(graph: Graph): (from: string, to: string) => boolean {
  const before = predecessors(graph);
  const runsAfter = (from: string, to: string, seen: Set<string>): boolean => {
    if (seen.has(from)) return false;
    seen.add(from);
    return (before.get(from) ?? []).some((next) => next === to || runsAfter(next, to, seen));
  };
  return (from, to) => runsAfter(from, to, new Set());
}

function graphErrors(args: AgentWorkflowArgs): string[] {
  const { name, tasks, gate } = args;
  const errors: string[] = [];
  if (!isDnsLabel(name))
    errors.push(`name: '${name}' must be 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends`);
  const before = predecessors(args);
  const runsAfter = orderOf(args);
  if (tasks.length === 0) errors.push("tasks: at least one step is needed");
  tasks.forEach(({ step }, i) => {
    if (!STEPS.includes(step)) errors.push(`tasks[${i}].step: '${step}' is not one of ${STEPS.join(", ")}`);
    if (tasks.findIndex((task) => task.step === step) !== i) errors.push(`tasks[${i}].step: '${step}' appears twice`);
  });
  for (const [step, after] of before)
    for (const other of after)
      if (!before.has(other))
        errors.push(
          `${step} runs after ${other}, which this template doesn't have${other === GATE.name ? ": set gate" : ""}`,
        );
  for (const step of before.keys()) if (runsAfter(step, step)) errors.push(`${step} runs after itself`);
  for (const step of ["dom", "analysis"])
    if (before.has("screenshot") && before.has(step) && !runsAfter(step, "screenshot"))
      errors.push(`${step}: must run after screenshot, which says what of a page is shown`);
  if (gate && !runsAfter(GATE.name, "analysis"))
    errors.push("gate.after: analysis must come before the gate, which is decided on its result");
  if (gate?.changeable?.length && !runsAfter("synthesis", GATE.name))
    errors.push("gate.changeable: synthesis must run after the gate, to write the report with what was changed");
  return errors;
}

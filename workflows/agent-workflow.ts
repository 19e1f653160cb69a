// Composes the agents' steps and containers of a team's own into a WorkflowTemplate: its author decides the graph, the platform everything else.
import { REPORT_CHANGES, type ReportChange } from "@agentic/api/changes.ts";
import {
  AGENT_PRIORITY_CLASS,
  AGENT_SERVICE_ACCOUNT,
  ANNOTATIONS,
  ARGO,
  EXECUTOR_SERVICE_ACCOUNT,
  LABELS,
  VERSION_LABEL,
} from "@agentic/api/names.ts";
import { GATE, PARAMETERS, type Step } from "@agentic/api/template.ts";
import { agentParameters } from "./agent-parameters.ts";
import { AGENT_UID, agentStep } from "./agent-step.ts";
import type { AgentTask, AgentWorkflowArgs } from "./arguments.ts";
import { graphErrors, nameOf, orderOf } from "./graph.ts";
import { type OwnTask, outputOf, ownArguments, ownStep } from "./own-task.ts";
import type { DagTask, Parameter, StepShape, Template, WorkflowTemplate } from "./types.ts";

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

/** Most pods of one run at the same time: no graph of the agents' steps has more in parallel. */
const PARALLELISM = 8;

const succeeded = (names: readonly string[]) => names.map((name) => `${name}.Succeeded`).join(" && ");
const approved = `'${outputOf(GATE.name, GATE.output)}' == '${GATE.approve}'`;

/**
 * The template. Throws an error that lists all faults: of the graph, such as unknown or repeated steps, cycles, a gate without its input, and
 * of tasks, such as an image without a digest or an output of what doesn't come before.
 */
export function agentWorkflow(args: AgentWorkflowArgs): WorkflowTemplate {
  const errors = graphErrors(args);
  if (errors.length > 0) throw new Error(`template '${args.name}':\n${errors.map((line) => `  ${line}`).join("\n")}`);
  const gateTask: DagTask[] = args.gate
    ? [
        {
          name: GATE.name,
          template: GATE.name,
          depends: succeeded(args.gate.after),
          arguments: { parameters: [{ name: GATE.input, value: outputOf(args.gate.on ?? "analysis") }] },
        },
      ]
    : [];
  const runsAfter = orderOf(args);
  const isAfterGate = (one: AgentTask | OwnTask) => runsAfter(nameOf(one), GATE.name);
  const gated = args.tasks.flatMap((one) => ("step" in one && runsAfter(GATE.name, one.step) ? [one.step] : []));
  const { changeable = [] } = args.gate ?? {};
  const handedOn = [GATE.evidence, ...(changeable.length > 0 ? [GATE.changes] : [])];
  const ofGate = handedOn.map((name) => ({ name, value: outputOf(GATE.name, name) }));
  const task = (one: AgentTask | OwnTask): DagTask => {
    const { after = [] } = one;
    const given = "step" in one ? (isAfterGate(one) ? ofGate : []) : ownArguments(one);
    return {
      name: nameOf(one),
      template: nameOf(one),
      ...(after.length > 0 ? { depends: succeeded(after) } : {}),
      ...(after.includes(GATE.name) ? { when: approved } : {}),
      ...("step" in one || one.forEach === undefined ? {} : { withParam: one.forEach }),
      ...(given.length > 0 ? { arguments: { parameters: given } } : {}),
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
  const podOf = (one: AgentTask | OwnTask): Template => {
    if (!("step" in one)) return ownStep(one);
    const { step, ...own } = one;
    const { deadline, resources } = { ...STEP_SHAPES[step], ...own };
    return agentStep(
      { step, template: args.name, deadline, resources },
      isAfterGate(one) ? { steps: gated, hasChanges: changeable.length > 0 } : undefined,
    );
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
      parallelism: args.parallelism ?? PARALLELISM,
      arguments: { parameters: [...agentParameters, ...ownParameters(args)].map((declared) => ({ ...declared })) },
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
      templates: [main, ...args.tasks.map(podOf), ...(args.gate ? [gateTemplate(changeable)] : [])],
    },
  };
}

const ownParameters = ({ parameters = {} }: AgentWorkflowArgs): Parameter[] =>
  Object.entries(parameters).map(([name, { value, description, enum: values }]) => ({
    name,
    ...(value === undefined ? {} : { value }),
    ...(values === undefined ? {} : { enum: [...values] }),
    description,
  }));

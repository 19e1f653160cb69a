// Composes the agents' steps to a WorkflowTemplate: the order and the gate are its author's, all the rest is the platform's.
import {
  AGENT_PRIORITY_CLASS,
  AGENT_SERVICE_ACCOUNT,
  ANNOTATIONS,
  ARGO,
  DEFAULT_BUCKET,
  isDnsLabel,
  LABELS,
} from "@agentic/api/names.ts";
import {
  DEFAULT_MODEL,
  GATE,
  OPTIONAL_PARAMETERS,
  PARAMETERS,
  RESULT,
  SERVICE_URLS,
  STEPS,
  type Step,
} from "@agentic/api/template.ts";
import { AGENT_UID, agentStep, EXECUTOR_SERVICE_ACCOUNT } from "./agent-step.ts";
import type { DagTask, Parameter, StepShape, Template, WorkflowTemplate } from "./types.ts";

const DAY = 86_400;

/** What a step's pod may use and how long it may take, where a template doesn't say otherwise. */
export const STEP_SHAPES: Record<Step, Omit<StepShape, "step">> = {
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

export interface AgentTask extends Partial<Omit<StepShape, "step">> {
  step: Step;
  /** What must have succeeded before it; after the gate, the answer must have been yes. */
  after?: readonly TaskName[];
}

export interface AgentWorkflowArgs {
  /** Name of the WorkflowTemplate: a DNS label. */
  name: string;
  title: string;
  /** What it does, for people. */
  description: string;
  /** Who answers for it. */
  owner: string;
  /** Who pays for its runs. Default: the owner. */
  costCenter?: string;
  /** Where to read what to do when it fails. */
  runbook: string;
  tasks: readonly AgentTask[];
  /** Where a person or the policy engine decides: after these steps. `analysis` must be among what came before. */
  gate?: { after: readonly Step[] };
}

/** Parameters that the caller must set have no value here; the others have that of a default installation. */
const parameters: readonly Parameter[] = [
  { name: PARAMETERS.jobId, description: "Id of the job" },
  { name: PARAMETERS.runId, value: "", description: "uid of the AgentWorkload; empty: the Workflow's own" },
  { name: PARAMETERS.objective, description: "What to find out, in words" },
  { name: PARAMETERS.targetUrls, description: "JSON array of the pages' URLs" },
  { name: PARAMETERS.bucket, value: DEFAULT_BUCKET, description: "Bucket for the artifacts" },
  { name: PARAMETERS.artifactPrefix, description: "Key prefix of the artifacts, such as job_x" },
  { name: PARAMETERS.agentImage, description: "Image of the agent steps" },
  {
    name: PARAMETERS.browserlessUrl,
    value: SERVICE_URLS.browserless,
    description: "Browser service, CDP over WebSocket",
  },
  { name: PARAMETERS.litellmUrl, value: SERVICE_URLS.litellm, description: "Model gateway, OpenAI API" },
  { name: PARAMETERS.objectStoreUrl, value: SERVICE_URLS.objectStore, description: "Object store, S3 API" },
  { name: PARAMETERS.postgresDsn, value: SERVICE_URLS.postgres, description: "Checkpoint database, without password" },
  { name: PARAMETERS.model, value: DEFAULT_MODEL, description: "Model, by the gateway's name" },
  { name: PARAMETERS.allowedHosts, value: "", description: "host[:port],… that may have private addresses" },
  { name: OPTIONAL_PARAMETERS.artifactCache, value: "false", description: "true: take over what an earlier run found" },
  { name: PARAMETERS.approvalTimeout, value: "30m", description: "How long the gate waits; then the answer is no" },
];

/** Without `default` the gate would end in error when its time is up; without `duration` it would wait for ever. */
const gate: Template = {
  name: GATE.name,
  inputs: { parameters: [{ name: GATE.input }] },
  suspend: { duration: `{{workflow.parameters.${PARAMETERS.approvalTimeout}}}` },
  outputs: { parameters: [{ name: GATE.output, valueFrom: { supplied: {}, default: GATE.deny } }] },
};

/** Pods of one run at once: no graph of the steps that there are has more side by side. */
const PARALLELISM = 8;

const succeeded = (names: readonly string[]) => names.map((name) => `${name}.Succeeded`).join(" && ");
const approved = `'{{tasks.${GATE.name}.outputs.parameters.${GATE.output}}}' == '${GATE.approve}'`;

/** The template. Throws with every error in the graph: unknown or repeated steps, cycles, a gate without its input. */
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
  const task = ({ step, after = [] }: AgentTask): DagTask => ({
    name: step,
    template: step,
    ...(after.length > 0 ? { depends: succeeded(after) } : {}),
    ...(after.includes(GATE.name) ? { when: approved } : {}),
  });
  const isAfterGate = ({ after }: AgentTask) => after?.includes(GATE.name) ?? false;
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
      labels: { [LABELS.component]: "workflow-template" },
      annotations: {
        "workflows.argoproj.io/title": args.title,
        "workflows.argoproj.io/description": args.description,
        [LABELS.owner]: args.owner,
        [LABELS.costCenter]: args.costCenter ?? args.owner,
        [ANNOTATIONS.runbook]: args.runbook,
      },
    },
    spec: {
      entrypoint: main.name,
      parallelism: PARALLELISM,
      arguments: { parameters: parameters.map((parameter) => ({ ...parameter })) },
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
        ...args.tasks.map(({ step, deadline, resources }) => {
          const shape = STEP_SHAPES[step];
          return agentStep({ step, deadline: deadline ?? shape.deadline, resources: resources ?? shape.resources });
        }),
        ...(args.gate ? [gate] : []),
      ],
    },
  };
}

function graphErrors({ name, tasks, gate }: AgentWorkflowArgs): string[] {
  const errors: string[] = [];
  if (!isDnsLabel(name))
    errors.push(`name: '${name}' must be 1 to 63 of a-z, 0-9 and -, with a letter or digit at both ends`);
  const before = new Map<string, readonly string[]>(tasks.map(({ step, after = [] }) => [step, after]));
  if (gate) before.set(GATE.name, gate.after);
  if (tasks.length === 0) errors.push("tasks: at least one step is needed");
  tasks.forEach(({ step }, i) => {
    if (!STEPS.includes(step)) errors.push(`tasks[${i}].step: '${step}' is not one of ${STEPS.join(", ")}`);
    if (tasks.findIndex((task) => task.step === step) !== i) errors.push(`tasks[${i}].step: '${step}' is there twice`);
  });
  for (const [step, after] of before)
    for (const other of after)
      if (!before.has(other))
        errors.push(
          `${step} runs after ${other}, which this template doesn't have${other === GATE.name ? ": set gate" : ""}`,
        );
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (seen.has(from)) return false;
    seen.add(from);
    return (before.get(from) ?? []).some((next) => next === to || reaches(next, to, seen));
  };
  for (const step of before.keys()) if (reaches(step, step)) errors.push(`${step} runs after itself`);
  if (gate && !reaches(GATE.name, "analysis"))
    errors.push("gate.after: analysis must come before the gate, which is decided on its result");
  return errors;
}

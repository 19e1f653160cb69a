// Makes the pod template of an agent step.
import { LOG_PROJECT_ENV } from "@agentic/api/log-format.ts";
import {
  AGENT_COMMAND,
  AGENT_ENV,
  GATE,
  GATE_ENV,
  OPTIONAL_PARAMETERS,
  PARAMETERS,
  POD_ENV,
  type Step,
} from "@agentic/api/template.ts";
import { TRACE_ENV } from "@agentic/api/trace.ts";
import { budgetClaim, type SecretName, stepPod } from "./step-pod.ts";
import type { StepShape, Template } from "./types.ts";

/** uid and gid of the agents' image. */
export const AGENT_UID = 1000;

const STEP_SECRETS: Record<Step, readonly SecretName[]> = {
  scrape: ["objectStore", "postgres"],
  screenshot: ["objectStore", "postgres", "browserless"],
  dom: ["objectStore", "postgres"],
  analysis: ["objectStore", "postgres", "litellm"],
  synthesis: ["objectStore", "postgres", "litellm"],
};

/** The agents' image, which the platform sets. */
export const AGENT_IMAGE = `{{workflow.parameters.${PARAMETERS.agentImage}}}`;

/** The gate that a step runs after. */
interface Passed {
  /** The agents' steps before the gate. */
  steps: readonly string[];
  /** Whether approvers may change something there. */
  hasChanges: boolean;
}

/** The pod template of a step, named as the step. Its only output parameter is the step's result. */
export function agentStep({ step, template, deadline, resources }: StepShape, gate?: Passed): Template {
  const fromGate = gate ? [GATE.evidence, ...(gate.hasChanges ? [GATE.changes] : [])] : [];
  const secrets = STEP_SECRETS[step];
  return stepPod({
    name: step,
    image: AGENT_IMAGE,
    command: AGENT_COMMAND,
    args: [step],
    secrets,
    inputs: fromGate.map((name) => ({ name })),
    hasOutput: true,
    deadline,
    resources,
    env: [
      ...Object.entries(AGENT_ENV).map(([name, parameter]) => ({
        name,
        value: `{{workflow.parameters.${parameter}}}`,
      })),
      ...Object.entries(POD_ENV).map(([name, value]) => ({ name, value })),
      { name: "ARTIFACT_CACHE", value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.artifactCache}}}` },
      ...budgetClaim(secrets),
      { name: "PAGE_SCRIPTS", value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.pageScripts}}}` },
      { name: TRACE_ENV.context, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.traceparent}}}` },
      { name: TRACE_ENV.collector, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.otlpUrl}}}` },
      { name: TRACE_ENV.template, value: template },
      ...(secrets.includes("litellm")
        ? [{ name: TRACE_ENV.prompts, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.tracePrompts}}}` }]
        : []),
      { name: LOG_PROJECT_ENV, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.logProject}}}` },
      ...fromGate.map((name) => ({ name: GATE_ENV[name], value: `{{inputs.parameters.${name}}}` })),
      ...(gate ? [{ name: GATE_ENV.steps, value: gate.steps.join(",") }] : []),
    ],
  });
}

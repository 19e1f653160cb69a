// Makes the pod template of an agent step: Pod Security `restricted`, no API token, secrets as files, one JSON result.
import { LOG_PROJECT_ENV } from "@agentic/api/log-format.ts";
import { AGENT_COMPONENT, LABELS } from "@agentic/api/names.ts";
import {
  AGENT_COMMAND,
  AGENT_ENV,
  GATE,
  GATE_ENV,
  OPTIONAL_PARAMETERS,
  PARAMETERS,
  POD_ENV,
  RESULT,
  SECRETS,
  STEP_KEY,
  type Step,
} from "@agentic/api/template.ts";
import { TRACE_ENV } from "@agentic/api/trace.ts";
import { retryStrategy } from "./retries.ts";
import type { StepShape, Template, Volume } from "./types.ts";

/** uid and gid of the agents' image. */
export const AGENT_UID = 1000;

type SecretName = keyof typeof SECRETS;

/** A step gets only the Secrets that it needs: an attacker in the screenshot pod finds no model key. */
const STEP_SECRETS: Record<Step, readonly SecretName[]> = {
  scrape: ["objectStore", "postgres"],
  screenshot: ["objectStore", "postgres", "browserless"],
  dom: ["objectStore", "postgres"],
  analysis: ["objectStore", "postgres", "litellm"],
  synthesis: ["objectStore", "postgres", "litellm"],
};

const OWNER_AND_GROUP_READ = 0o440;

/** The authority's certificate without its key; absent if the services have no certificates. */
const ca: Volume = {
  name: "ca",
  secret: {
    secretName: SECRETS.ca.name,
    defaultMode: OWNER_AND_GROUP_READ,
    optional: true,
    items: SECRETS.ca.keys.map((key) => ({ key, path: key })),
  },
};

function volumes(step: Step): Volume[] {
  return [
    { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
    ca,
    ...STEP_SECRETS[step].map((key) => ({
      name: `secret-${SECRETS[key].name}`,
      secret: {
        secretName: SECRETS[key].name,
        defaultMode: OWNER_AND_GROUP_READ,
        ...(key === "litellm" ? { items: [{ key: STEP_KEY, path: SECRETS.litellm.keys[0] }] } : {}),
        // Cloud Storage knows the pod by its service account, so this Secret doesn't exist there.
        ...(key === "objectStore" ? { optional: true } : {}),
      },
    })),
  ];
}

/** The gate that a step runs after. */
interface Passed {
  /** The steps before the gate. */
  steps: readonly string[];
  /** Whether approvers may change something there. */
  hasChanges: boolean;
}

/** The pod template of a step, named as the step. Its only output parameter is the step's result. */
export function agentStep({ step, template, deadline, resources }: StepShape, gate?: Passed): Template {
  const fromGate = gate ? [GATE.evidence, ...(gate.hasChanges ? [GATE.changes] : [])] : [];
  return {
    name: step,
    metadata: { labels: { [LABELS.component]: AGENT_COMPONENT } },
    activeDeadlineSeconds: deadline,
    retryStrategy: retryStrategy(),
    ...(gate ? { inputs: { parameters: fromGate.map((name) => ({ name })) } } : {}),
    outputs: { parameters: [{ name: RESULT.parameter, valueFrom: { path: RESULT.path } }] },
    volumes: volumes(step),
    container: {
      image: `{{workflow.parameters.${PARAMETERS.agentImage}}}`,
      imagePullPolicy: "IfNotPresent",
      command: [...AGENT_COMMAND],
      args: [step],
      env: [
        ...Object.entries(AGENT_ENV).map(([name, parameter]) => ({
          name,
          value: `{{workflow.parameters.${parameter}}}`,
        })),
        ...Object.entries(POD_ENV).map(([name, value]) => ({ name, value })),
        { name: "ARTIFACT_CACHE", value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.artifactCache}}}` },
        ...(STEP_SECRETS[step].includes("litellm")
          ? [{ name: "BUDGET_CLAIM", value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.budgetClaim}}}` }]
          : []),
        { name: "PAGE_SCRIPTS", value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.pageScripts}}}` },
        { name: TRACE_ENV.context, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.traceparent}}}` },
        { name: TRACE_ENV.collector, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.otlpUrl}}}` },
        { name: TRACE_ENV.template, value: template },
        ...(STEP_SECRETS[step].includes("litellm")
          ? [{ name: TRACE_ENV.prompts, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.tracePrompts}}}` }]
          : []),
        { name: LOG_PROJECT_ENV, value: `{{workflow.parameters.${OPTIONAL_PARAMETERS.logProject}}}` },
        ...fromGate.map((name) => ({ name: GATE_ENV[name], value: `{{inputs.parameters.${name}}}` })),
        ...(gate ? [{ name: GATE_ENV.steps, value: gate.steps.join(",") }] : []),
      ],
      resources,
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
      },
      volumeMounts: [
        { name: "tmp", mountPath: "/tmp" },
        { name: "ca", mountPath: SECRETS.ca.path, readOnly: true },
        ...STEP_SECRETS[step].map((key) => ({
          name: `secret-${SECRETS[key].name}`,
          mountPath: SECRETS[key].path,
          readOnly: true,
        })),
      ],
    },
  };
}

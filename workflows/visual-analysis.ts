// visual-analysis-template: reads web pages, looks at them, judges what was found, and reports it once that is approved.
import { AGENT_SERVICE_ACCOUNT, ARGO, DEFAULT_BUCKET, DEFAULT_WORKFLOW_TEMPLATE, LABELS } from "@agentic/api/names.ts";
import { DEFAULT_MODEL, GATE, OPTIONAL_PARAMETERS, PARAMETERS, RESULT, SERVICE_URLS } from "@agentic/api/template.ts";
import { AGENT_UID, agentStep, EXECUTOR_SERVICE_ACCOUNT } from "./agent-step.ts";
import type { Parameter, StepShape, Template, WorkflowTemplate } from "./types.ts";

const DAY = 86_400;

/** Requests stay small so that a two-core node holds the platform and a run; limits leave room for big pages. */
const shapes: StepShape[] = [
  {
    step: "scrape",
    deadline: 600,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "768Mi" } },
  },
  {
    step: "screenshot",
    deadline: 600,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "768Mi" } },
  },
  {
    step: "dom",
    deadline: 300,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  },
  {
    step: "analysis",
    deadline: 900,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "768Mi" } },
  },
  {
    step: "synthesis",
    deadline: 900,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  },
];

/** What the caller must give has no value; the rest has that of a default installation. */
const parameters: Parameter[] = [
  { name: PARAMETERS.jobId, description: "Id of the job" },
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

const main: Template = {
  name: "main",
  dag: {
    tasks: [
      { name: "scrape", template: "scrape" },
      { name: "screenshot", template: "screenshot", depends: "scrape.Succeeded" },
      { name: "dom", template: "dom", depends: "scrape.Succeeded" },
      { name: "analysis", template: "analysis", depends: "scrape.Succeeded" },
      {
        name: GATE.name,
        template: GATE.name,
        depends: "screenshot.Succeeded && dom.Succeeded && analysis.Succeeded",
        arguments: {
          parameters: [{ name: GATE.input, value: `{{tasks.analysis.outputs.parameters.${RESULT.parameter}}}` }],
        },
      },
      {
        name: "synthesis",
        template: "synthesis",
        depends: `${GATE.name}.Succeeded`,
        when: `'{{tasks.${GATE.name}.outputs.parameters.${GATE.output}}}' == '${GATE.approve}'`,
      },
    ],
  },
};

/** Without `default` the gate would end in error when its time is up; without `duration` it would wait for ever. */
const gate: Template = {
  name: GATE.name,
  inputs: { parameters: [{ name: GATE.input }] },
  suspend: { duration: `{{workflow.parameters.${PARAMETERS.approvalTimeout}}}` },
  outputs: { parameters: [{ name: GATE.output, valueFrom: { supplied: {}, default: GATE.deny } }] },
};

export const visualAnalysis: WorkflowTemplate = {
  apiVersion: ARGO.groupVersion,
  kind: "WorkflowTemplate",
  metadata: {
    name: DEFAULT_WORKFLOW_TEMPLATE,
    labels: { [LABELS.component]: "workflow-template" },
    annotations: {
      "workflows.argoproj.io/title": "Visual analysis",
      "workflows.argoproj.io/description":
        "Reads the target pages, takes screenshots, extracts their structure, analyses them with a model, waits for approval, and writes report.md.",
      [LABELS.owner]: "platform",
      "agentic.io/runbook": "docs/runbooks/visual-analysis.md",
    },
  },
  spec: {
    entrypoint: main.name,
    arguments: { parameters },
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
    // Pods of a failed run stay for whoever looks for the reason, until the run itself is deleted.
    podGC: { strategy: "OnWorkflowSuccess" },
    ttlStrategy: { secondsAfterCompletion: 7 * DAY, secondsAfterSuccess: DAY, secondsAfterFailure: 7 * DAY },
    templates: [main, ...shapes.map(agentStep), gate],
  },
};

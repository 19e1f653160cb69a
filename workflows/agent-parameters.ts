// The parameters of every template of the agents' steps.
import { DEFAULT_BUCKET } from "@agentic/api/names.ts";
import { DEFAULT_MODEL, OPTIONAL_PARAMETERS, PARAMETERS, SERVICE_URLS } from "@agentic/api/template.ts";
import type { Parameter } from "./types.ts";

/** Parameters without a value must be set by the caller; the others have the value of a default installation. */
export const agentParameters: readonly Parameter[] = [
  { name: PARAMETERS.jobId, description: "Id of the job" },
  { name: PARAMETERS.runId, value: "", description: "uid of the AgentWorkload; empty means the Workflow's uid" },
  { name: PARAMETERS.objective, description: "What to find out, in plain language" },
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
  { name: PARAMETERS.model, value: DEFAULT_MODEL, description: "Name of the model, as the gateway knows it" },
  {
    name: PARAMETERS.allowedHosts,
    value: "",
    description: "Comma-separated host[:port] that may have private addresses",
  },
  {
    name: OPTIONAL_PARAMETERS.artifactCache,
    value: "false",
    description: "true: reuse the artifacts of an earlier run",
  },
  {
    name: OPTIONAL_PARAMETERS.pageScripts,
    value: "false",
    description: "true: draw pages with their scripts",
  },
  {
    name: OPTIONAL_PARAMETERS.traceparent,
    value: "",
    description: "Context of the workload's trace, as the header traceparent has it",
  },
  {
    name: OPTIONAL_PARAMETERS.otlpUrl,
    value: "",
    description: "Collector of spans, OTLP over HTTP; empty: no spans are sent",
  },
  {
    name: OPTIONAL_PARAMETERS.tracePrompts,
    value: "false",
    description: "true: spans have what models are asked and answer, redacted",
  },
  {
    name: OPTIONAL_PARAMETERS.logProject,
    value: "",
    description: "Google Cloud project of the traces that Cloud Logging links lines to; empty: none",
  },
  {
    name: OPTIONAL_PARAMETERS.budgetClaim,
    value: "",
    description: "Whose calls of models these are; the operator sets it",
  },
  {
    name: PARAMETERS.approvalTimeout,
    value: "30m",
    description: "How long the gate waits for an answer; after that it is denied",
  },
];

// What a WorkflowTemplate and its callers agree on: parameter names, the gate, step results, exit codes, secret paths.

/** Parameters that every template for AgentWorkloads may declare. All values are strings. */
export const PARAMETERS = {
  jobId: "job_id",
  /**
   * The AgentWorkload's uid. The retries of a workload share it and so continue from its checkpoints;
   * another workload of the same name or job id, at the same time or later, has another one. Empty if the Workflow belongs
   * to no AgentWorkload.
   */
  runId: "run_id",
  objective: "objective",
  /** JSON array of URLs. */
  targetUrls: "target_urls",
  bucket: "minio_bucket",
  /** Key prefix of the job's artifacts, without slashes at its ends, such as `job_x`. */
  artifactPrefix: "artifact_prefix",
  agentImage: "agent_image",
  browserlessUrl: "browserless_url",
  litellmUrl: "litellm_url",
  /**
   * `http(s)://…`: S3 with the keys of the Secret `object-store`; `gs://storage.googleapis.com`: Cloud Storage with the
   * pod's own identity, and no such Secret.
   */
  objectStoreUrl: "object_store_url",
  /** Connection string without its password. */
  postgresDsn: "postgres_dsn",
  /** Model name as the gateway knows it. */
  model: "model",
  /** Comma-separated `host[:port]` of in-cluster sites that may resolve to private addresses. */
  allowedHosts: "allowed_hosts",
  /** How long the gate waits for an answer before it denies, as a duration such as `30m`. */
  approvalTimeout: "approval_timeout",
} as const;

/** Parameters that a template declares only if it supports them; a workload that needs an undeclared one is refused. */
export const OPTIONAL_PARAMETERS = {
  /** `true`: steps may reuse what an earlier run left under the prefix (`spec.artifacts.cache`). */
  artifactCache: "artifact_cache",
  /** `true`: pages are drawn with their scripts (`spec.browser.scripts`). */
  pageScripts: "page_scripts",
  /**
   * JSON array of the batches that the pages are split into (batches.ts), such as `["0-19","20-39"]`; `[]`: they aren't. The operator
   * works it out from the target URLs.
   */
  pageBatches: "page_batches",
  /** The time that the workload is for, in RFC 3339 and UTC; empty for one that isn't of a schedule. */
  scheduledTime: "scheduled_time",
  /** The workload's span, as the header `traceparent` of W3C Trace Context has it. */
  traceparent: "traceparent",
  /** Base URL of the collector that takes spans by OTLP over HTTP; empty: spans are not sent. */
  otlpUrl: "otlp_url",
  /** `true`: spans have what models are asked and answer, redacted. */
  tracePrompts: "trace_prompts",
  /** Project of Google Cloud whose Cloud Trace has the traces; empty: logs have no fields for Cloud Logging. */
  logProject: "log_project",
  /** The operator's statement of whose calls of models these are, and what they may cost (api/budget-claim.ts); empty: nobody's. */
  budgetClaim: "budget_claim",
  cpuRequest: "cpu_request",
  cpuLimit: "cpu_limit",
  memoryRequest: "memory_request",
  memoryLimit: "memory_limit",
} as const;

const RESERVED: readonly string[] = [
  PARAMETERS.jobId,
  PARAMETERS.runId,
  PARAMETERS.targetUrls,
  PARAMETERS.objective,
  PARAMETERS.agentImage,
  PARAMETERS.bucket,
  PARAMETERS.artifactPrefix,
  PARAMETERS.allowedHosts,
  PARAMETERS.approvalTimeout,
  ...Object.values(OPTIONAL_PARAMETERS),
];

/** Whether `spec.parameters` must not name this parameter: the platform or a field of the spec decides it. */
export function isReservedParameter(name: string): boolean {
  return RESERVED.includes(name) || /_(url|dsn|image)$/.test(name);
}

/**
 * The in-cluster addresses that a tenant's ConfigMap has by default, except for the database's: there it has one with the
 * tenant's own role and database.
 */
export const SERVICE_URLS = {
  browserless: "ws://browserless.shared-services:3000",
  litellm: "https://litellm.shared-services:4000",
  objectStore: "https://minio.shared-services:9000",
  postgres: "postgresql://postgres.shared-services:5432/?sslmode=verify-full&sslrootcert=/etc/secrets/ca/ca.crt",
} as const;

/** Valid names of models, in `spec.model` and in the parameter `model`. */
export const MODEL_NAME = { maxLength: 128, pattern: "^[A-Za-z0-9][A-Za-z0-9._:/@-]*$" } as const;

/** The model name that the gateway always serves. */
export const DEFAULT_MODEL = "default";

/** The approval gate: a suspend template whose supplied output decides, and which denies once its time is up. */
export const GATE = {
  /** Name of the template and of the task. */
  name: "approval-gate",
  /** Input parameter: the analysis step's result. */
  input: "analysis",
  /** Output parameter: `approve` or `deny`. */
  output: "decision",
  /** Output parameter: an {@link Evidence} as JSON. Empty where it was not given, which no later step accepts. */
  evidence: "evidence",
  /** Input parameter, where approvers may change something: what, as JSON of a Changeable (changes.ts). */
  changeable: "changeable",
  /** Output parameter beside it: what they have changed, as JSON of Changes (changes.ts). */
  changes: "changes",
  approve: "approve",
  deny: "deny",
  /** A person's question instead of an answer: the gate goes on waiting. */
  ask: "ask",
} as const;

/** What a gate was decided on: step, or its part for a batch (batches.ts) → digest of the manifest of what it wrote (`sha256:` and hex). */
export type Evidence = Record<string, string>;

/** Environment variables of the steps after a gate. */
export const GATE_ENV = {
  /** The gate's {@link Evidence}, which must have all of the next. */
  evidence: "GATE_EVIDENCE",
  /** The steps before the gate, comma-separated. */
  steps: "GATE_STEPS",
  /** What approvers have changed, as the gate's output has it; absent where they may change nothing. */
  changes: "GATE_CHANGES",
} as const;

export type GateDecision = typeof GATE.approve | typeof GATE.deny;

/** The steps: arguments of the agents' image, and names of the template's tasks. */
export const STEPS = ["scrape", "screenshot", "dom", "analysis", "synthesis"] as const;
export type Step = (typeof STEPS)[number];

/** Environment variables of the steps of a template that splits its pages. */
export const BATCH_ENV = {
  /** {@link OPTIONAL_PARAMETERS.pageBatches}. */
  all: "BATCHES",
  /** The batch that the pod works on; empty: it is not one of a batch. */
  own: "BATCH",
} as const;

/** The task that repeats the steps of pages for each batch, the template of these steps, and its and their input parameter. */
export const BATCH = { task: "pages", input: "batch" } as const;

/** How agents are started: `command`, then the step as the only argument. */
export const AGENT_COMMAND: readonly string[] = ["node", "/app/agents/main.mjs"];

/** Environment variables that carry the parameters into an agent's container; never spliced into a shell or source. */
export const AGENT_ENV = {
  JOB_ID: PARAMETERS.jobId,
  RUN_ID: PARAMETERS.runId,
  OBJECTIVE: PARAMETERS.objective,
  TARGET_URLS: PARAMETERS.targetUrls,
  BUCKET: PARAMETERS.bucket,
  ARTIFACT_PREFIX: PARAMETERS.artifactPrefix,
  BROWSERLESS_URL: PARAMETERS.browserlessUrl,
  LITELLM_URL: PARAMETERS.litellmUrl,
  OBJECT_STORE_URL: PARAMETERS.objectStoreUrl,
  POSTGRES_DSN: PARAMETERS.postgresDsn,
  MODEL: PARAMETERS.model,
  ALLOWED_HOSTS: PARAMETERS.allowedHosts,
} as const;

/** Environment variables of an agent's container that the engine fills in for each pod. */
export const POD_ENV = {
  /** `<namespace>/<uid>` of the Workflow that the pod belongs to: the run's identity where {@link PARAMETERS.runId} is empty. */
  WORKFLOW: "{{workflow.namespace}}/{{workflow.uid}}",
  /** The pod's name, which its host name has only the first 63 characters of. */
  POD: "{{pod.name}}",
  /** How often the step was tried before, from 0. */
  ATTEMPT: "{{retries}}",
  /** How the try before ended, which decides how long this one waits (./retries.ts). */
  LAST_STATUS: "{{lastRetry.status}}",
  LAST_EXIT_CODE: "{{lastRetry.exitCode}}",
  LAST_MESSAGE: "{{lastRetry.message}}",
} as const;

/** Secrets of a tenant's namespace: name, keys, and the folder a template mounts them at, read-only. */
export const SECRETS = {
  objectStore: { name: "object-store", keys: ["access-key", "secret-key"], path: "/etc/secrets/object-store" },
  postgres: { name: "postgres", keys: ["password"], path: "/etc/secrets/postgres" },
  browserless: { name: "browserless", keys: ["token"], path: "/etc/secrets/browserless" },
  /** The Secret has the tenant's own key, too, under `api-key`: steps get theirs, which is taken only with a claim, in its place. */
  litellm: { name: "litellm", keys: ["api-key"], path: "/etc/secrets/litellm" },
  /** The authority of the platform's services; absent if they have no certificates. */
  ca: { name: "platform-ca", keys: ["ca.crt"], path: "/etc/secrets/ca" },
} as const;

/** Key of the Secret `litellm` with the key that steps call the model gateway with. */
export const STEP_KEY = "step-key";

/** The one output parameter of each agent step. */
export const RESULT = {
  parameter: "result",
  path: "/tmp/outputs/result.json",
  /** Bytes of JSON; a termination message holds no more. */
  maxBytes: 4096,
} as const;

/** How severe a finding of the analysis is, from the least to the most. */
export const SEVERITIES = ["info", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  severity: Severity;
  url: string;
  text: string;
}

/**
 * A step that fails leaves one line that says why. Engines put it into the message of the step's node, and the operator puts
 * it into the workload's status.
 */
export const LAST_WORDS = {
  /** The kubelet's default for a termination message; it doesn't exist if the engine has the kubelet read {@link RESULT.path} instead. */
  path: "/dev/termination-log",
  maxBytes: 1024,
} as const;

/** The manifest that lists everything a step wrote, and how much it is: the result itself has no room for a hundred names. */
export interface ManifestRef {
  /** `s3://` URI of an {@link ArtifactManifest}. */
  uri: string;
  /** `sha256:` and the hex digest of the manifest's bytes. */
  digest: string;
  /** Artifacts that it names. */
  count: number;
  /** Their bytes together. */
  bytes: number;
}

/** What a step writes to {@link RESULT.path}. */
export interface StepResult {
  /** Artifact name → `s3://` URI; only the first ones if not all fit. */
  artifacts: Record<string, string>;
  /** Lists all artifacts. A step without it has named every artifact above. */
  manifest?: ManifestRef;
  /** 0..1; this and the next two fields are the analysis step's. */
  confidence?: number;
  reasons?: string[];
  findings?: Finding[];
  /** How the step began, for metrics. */
  beginning?: Beginning;
  /** What became of the pages that it was to read, for metrics. */
  pages?: PageCounts;
  /** When its process started, milliseconds since the epoch: until then its pod was pending. */
  startedAt?: number;
  /** What this attempt has used. */
  usage?: StepUsage;
}

/** What one attempt of a step has used, measured by itself. */
export interface StepUsage {
  /** By model: answered calls, and the tokens that the gateway counted. */
  models?: Record<string, { calls: number; input: number; output: number }>;
  /** Milliseconds with a browser. */
  browserMs?: number;
  /** Processor time of its process, milliseconds. */
  cpuMs: number;
  /** The most memory that its process had resident. */
  memoryBytes: number;
}

/**
 * How a step's work began: anew, from a checkpoint of an attempt before, with everything done by one, or with the artifacts of an earlier
 * run or attempt.
 */
export type Beginning = "fresh" | "resumed" | "done" | "reused";

export interface PageCounts {
  read: number;
  failed: number;
  /** Those of the failed that robots.txt keeps out. */
  disallowed: number;
  /** Of the pages that were read. */
  bytes: number;
}

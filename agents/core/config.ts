// A step's settings: environment variables from the template's parameters, and secrets from mounted files.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_ID } from "@agentic/api/artifacts.ts";
import { isPageStep, JOIN_STEP, stepPart } from "@agentic/api/batches.ts";
import type { Changes } from "@agentic/api/changes.ts";
import type { LastTry } from "@agentic/api/retries.ts";
import {
  AGENT_ENV,
  DEFAULT_MODEL,
  type Evidence,
  GATE_ENV,
  type POD_ENV,
  SECRETS,
  STEPS,
  type Step,
} from "@agentic/api/template.ts";
import { parseTraceparent, TRACE_ENV, type TraceContext } from "@agentic/api/trace.ts";
import { type Batching, readBatches } from "./batch.ts";
import { PermanentError } from "./errors.ts";

/** Optional variables, which the template contract doesn't list. */
const OPTIONAL_ENV = {
  /** `true`: reuse the artifacts of an earlier run with the same input. */
  artifactCache: "ARTIFACT_CACHE",
  /** `true`: draw pages with their scripts. */
  pageScripts: "PAGE_SCRIPTS",
  /** The operator's statement of whose calls of models the step's are. */
  budgetClaim: "BUDGET_CLAIM",
  /** Folder of the secrets, instead of `/etc/secrets`, for runs outside a pod. */
  secretsDir: "SECRETS_DIR",
  /** Result file, instead of `/tmp/outputs/result.json`. */
  resultFile: "RESULT_FILE",
} as const;

/** How the step's spans become a part of its workload's trace. */
export interface Tracing {
  /** Base URL of the collector. */
  collectorUrl: string;
  /** The workload's span. */
  parent: TraceContext;
  /** Name of the template. */
  template: string;
  /** Whether spans have what models are asked and answer, redacted. */
  hasPrompts: boolean;
}

export interface Settings extends Batching {
  step: Step;
  jobId: string;
  objective: string;
  targetUrls: string[];
  bucket: string;
  prefix: string;
  browserlessUrl: string;
  litellmUrl: string;
  objectStoreUrl: string;
  postgresDsn: string;
  model: string;
  allowedHosts: string[];
  namespace: string;
  /**
   * Id of the run: the workload's uid, else the Workflow's name. Retries of a workload have the same id, so that they continue from
   * its checkpoints; another workload has another id, even with the same job id or prefix.
   */
  run: string;
  /** Whether the run belongs to a workload. The operator runs only one of a namespace's workloads with the same artifact prefix at a time. */
  isWorkload: boolean;
  /** uid of the Workflow. */
  workflowUid: string;
  /** Name of the pod. */
  pod: string;
  /** How often the step was tried before. */
  attempt: number;
  /** How the try before ended; undefined for the first. */
  lastTry: LastTry | undefined;
  /** Whether the template tells how tries end, as the platform's do, and so knows every exit code: older ones know 75 alone. */
  knowsExitCodes: boolean;
  /** Whether artifacts of an earlier run with the same input are reused. */
  reuse: boolean;
  /** Whether pages are drawn with their scripts. */
  pageScripts: boolean;
  /** What calls of models are booked on; undefined where the operator states nothing. */
  budgetClaim: string | undefined;
  /** What the gate before the step was decided on, of the steps before that gate; undefined where there is no gate before. */
  approved: Evidence | undefined;
  /** What approvers changed at that gate, by name. */
  changes: Changes;
  /** Hash of the input, to which checkpoints belong. */
  inputHash: string;
  secretsDir: string;
  resultFile: string | undefined;
  /** Of the workload's trace, whether somebody takes spans or not. */
  traceId: string | undefined;
  /** Absent: nobody takes spans. */
  tracing: Tracing | undefined;
}

type Env = Record<string, string | undefined>;

/** Settings from the command's argument and the environment; throws one error that names every mistake. */
export function readSettings(argument: string | undefined, env: Env): Settings {
  const errors: string[] = [];
  const required = (name: keyof typeof AGENT_ENV): string => {
    const value = env[name]?.trim();
    if (!value) errors.push(`${name} is empty: the template parameter ${AGENT_ENV[name]} sets it`);
    return value ?? "";
  };
  const step = STEPS.find((name) => name === argument);
  if (!step) errors.push(`unknown step "${argument ?? ""}": must be one of ${STEPS.join(", ")}`);
  const jobId = required("JOB_ID");
  // Admission has checked the prefix against its schema, which takes a tenth of a second to load.
  const prefix = required("ARTIFACT_PREFIX");
  if (prefix.split("/").some((part) => part === "." || part === ".."))
    errors.push(`ARTIFACT_PREFIX: must have no "." or ".." segment`);
  const run = env.RUN_ID?.trim();
  if (run && !RUN_ID.test(run))
    errors.push("RUN_ID: must consist of letters, digits, - and _, as a workload's uid does");
  const ofPod = (name: keyof typeof POD_ENV, byDefault: string) => env[name] || byDefault;
  const [namespace = "", workflow = ""] = ofPod("WORKFLOW", "local/local").split("/");
  const attempt = Number(ofPod("ATTEMPT", "0"));
  const batching = readBatches(env, errors);
  const settings = {
    step: step ?? "scrape",
    jobId,
    objective: required("OBJECTIVE"),
    targetUrls: readUrls(required("TARGET_URLS"), errors),
    bucket: required("BUCKET"),
    prefix,
    browserlessUrl: required("BROWSERLESS_URL"),
    litellmUrl: required("LITELLM_URL"),
    objectStoreUrl: required("OBJECT_STORE_URL"),
    postgresDsn: required("POSTGRES_DSN"),
    model: env.MODEL?.trim() || DEFAULT_MODEL,
    allowedHosts: (env.ALLOWED_HOSTS ?? "")
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
    namespace,
    run: run || workflow,
    isWorkload: Boolean(run),
    workflowUid: workflow,
    pod: ofPod("POD", "local"),
    attempt,
    lastTry:
      attempt > 0
        ? {
            status: ofPod("LAST_STATUS", ""),
            exitCode: ofPod("LAST_EXIT_CODE", ""),
            message: ofPod("LAST_MESSAGE", ""),
          }
        : undefined,
    knowsExitCodes: env.LAST_STATUS !== undefined,
    reuse: env[OPTIONAL_ENV.artifactCache] === "true",
    pageScripts: env[OPTIONAL_ENV.pageScripts] === "true",
    budgetClaim: env[OPTIONAL_ENV.budgetClaim]?.trim() || undefined,
    ...batching,
    approved: readEvidence(env, batching, errors),
    changes: readChanges(env, errors),
    secretsDir: env[OPTIONAL_ENV.secretsDir] ?? "/etc/secrets",
    resultFile: env[OPTIONAL_ENV.resultFile],
    traceId: parseTraceparent(env[TRACE_ENV.context])?.traceId,
    tracing: readTracing(env),
  };
  if (errors.length > 0) throw new PermanentError(errors.join("; "));
  const { objective, targetUrls, bucket, model, pageScripts } = settings;
  const input = JSON.stringify([objective, targetUrls, bucket, prefix, model, pageScripts]);
  return { ...settings, inputHash: createHash("sha256").update(input).digest("hex").slice(0, 16) };
}

function readUrls(text: string, errors: string[]): string[] {
  if (!text) return [];
  try {
    const urls: unknown = JSON.parse(text);
    if (Array.isArray(urls) && urls.length > 0 && urls.every((url) => typeof url === "string")) return urls;
  } catch {
    // Reported below.
  }
  errors.push("TARGET_URLS: must be a JSON array of at least one URL");
  return [];
}

/** A context or a URL that can't be used costs the spans, and nothing else. */
function readTracing(env: Env): Tracing | undefined {
  const collectorUrl = env[TRACE_ENV.collector] ?? "";
  const parent = parseTraceparent(env[TRACE_ENV.context]);
  if (!parent || !/^https?:$/.test(URL.parse(collectorUrl)?.protocol ?? "")) return undefined;
  const hasPrompts = env[TRACE_ENV.prompts] === "true";
  return { collectorUrl, parent, template: env[TRACE_ENV.template] ?? "", hasPrompts };
}

/** The digests that the gate gave, of all steps before it; of a split run, of the join and of each batch's part of a step. */
function readEvidence(env: Env, { batches }: Batching, errors: string[]): Evidence | undefined {
  const steps = env[GATE_ENV.steps]?.split(",");
  if (!steps) return undefined;
  let evidence: Evidence = {};
  try {
    evidence = JSON.parse(env[GATE_ENV.evidence] ?? "") as Evidence;
  } catch {
    // Reported below: no step has a digest.
  }
  const ofJoin = batches.length > 0 ? steps.filter((step) => isPageStep(step)) : [];
  const needed = ofJoin.length > 0 ? [...steps.filter((step) => !isPageStep(step)), JOIN_STEP] : steps;
  const missing = needed.filter((step) => typeof evidence?.[step] !== "string");
  if (missing.length > 0)
    errors.push(
      `${GATE_ENV.evidence}: the gate was passed without saying what of ${missing.join(", ")} was approved; approve the AgentWorkload rather than resume its Workflow`,
    );
  const parts = ofJoin
    .flatMap((step) => batches.map((batch) => stepPart(step, batch)))
    .filter((part) => evidence?.[part]);
  return Object.fromEntries([...needed, ...parts].map((part) => [part, String(evidence?.[part])]));
}

/** What the gate hands on of its approvers' changes. */
function readChanges(env: Env, errors: string[]): Changes {
  try {
    const changes: unknown = JSON.parse(env[GATE_ENV.changes] ?? "{}");
    const isObject = typeof changes === "object" && changes !== null && !Array.isArray(changes);
    if (isObject && Object.values(changes).every((value) => typeof value === "string")) return changes as Changes;
  } catch {
    // Reported below.
  }
  errors.push(`${GATE_ENV.changes}: must be a JSON object of texts, as the operator writes it with an approval`);
  return {};
}

/** Keys of the mounted Secrets whose values are no secrets: names and certificates. */
const PUBLIC_KEYS: readonly string[] = ["access-key", "ca.crt"];

/** The values of all mounted secrets, which nobody may read in a log. */
export function secretValues(settings: Settings): string[] {
  return (Object.keys(SECRETS) as (keyof typeof SECRETS)[]).flatMap((name) =>
    SECRETS[name].keys
      .filter((key) => !PUBLIC_KEYS.includes(key))
      .flatMap((key) => readOptionalSecret(settings, name, key) || []),
  );
}

/** A mounted secret's value, without white space around it. */
export function readSecret(settings: Settings, secret: keyof typeof SECRETS, key: string): string {
  const value = readOptionalSecret(settings, secret, key);
  if (value === undefined)
    throw new PermanentError(
      `${secretFile(settings, secret, key)} is missing: the tenant's Secret "${SECRETS[secret].name}" must hold the key "${key}"`,
    );
  return value;
}

/** The same; nothing where the Secret doesn't have the key. */
export function readOptionalSecret(settings: Settings, secret: keyof typeof SECRETS, key: string): string | undefined {
  const file = secretFile(settings, secret, key);
  return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
}

function secretFile({ secretsDir }: Settings, secret: keyof typeof SECRETS, key: string): string {
  return join(secretsDir, SECRETS[secret].path.split("/").at(-1) ?? "", key);
}

// What a step is told: environment variables from the template's parameters, secrets from mounted files.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_ID } from "@agentic/api/artifacts.ts";
import { AGENT_ENV, DEFAULT_MODEL, SECRETS, STEPS, type Step, WORKFLOW_ENV } from "@agentic/api/template.ts";
import { PermanentError } from "./errors.ts";

/** Variables beside those of the template contract. */
const MORE_ENV = {
  /** `true`: take over what an earlier run with the same input has found. */
  artifactCache: "ARTIFACT_CACHE",
  /** Folder that stands for `/etc/secrets`, for runs outside a pod. */
  secretsDir: "SECRETS_DIR",
  /** File that stands for `/tmp/outputs/result.json`. */
  resultFile: "RESULT_FILE",
} as const;

export interface Settings {
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
   * Whose run this is: the workload's uid, else the Workflow's. The retries of one workload share it, so that they carry
   * on from its checkpoints; no other workload has it, whatever its job id or prefix.
   */
  run: string;
  /** Whether the run is a workload's: the operator lets those of a namespace that write to one place run one at a time. */
  isWorkload: boolean;
  reuse: boolean;
  /** Checkpoints belong to exactly this input. */
  inputHash: string;
  secretsDir: string;
  resultFile: string | undefined;
}

type Env = Record<string, string | undefined>;

/** Settings from the command's argument and the environment; every mistake is named at once. */
export function readSettings(argument: string | undefined, env: Env): Settings {
  const errors: string[] = [];
  const need = (name: keyof typeof AGENT_ENV): string => {
    const value = env[name]?.trim();
    if (!value) errors.push(`${name} is empty: the template parameter ${AGENT_ENV[name]} sets it`);
    return value ?? "";
  };
  const step = STEPS.find((one) => one === argument);
  if (!step) errors.push(`unknown step "${argument ?? ""}": one of ${STEPS.join(", ")}`);
  const jobId = need("JOB_ID");
  // Admission has checked its form; loading the schema for it again would cost a tenth of a second.
  const prefix = need("ARTIFACT_PREFIX");
  if (prefix.split("/").some((part) => part === "." || part === ".."))
    errors.push(`ARTIFACT_PREFIX: must have no "." or ".." segment`);
  const run = env.RUN_ID?.trim();
  if (run && !RUN_ID.test(run)) errors.push("RUN_ID: must be of letters, digits, - and _, as the uid of a workload is");
  const [namespace = "", workflow = ""] = (env[WORKFLOW_ENV.name] ?? "local/local").split("/");
  const settings = {
    step: step ?? "scrape",
    jobId,
    objective: need("OBJECTIVE"),
    targetUrls: readUrls(need("TARGET_URLS"), errors),
    bucket: need("BUCKET"),
    prefix,
    browserlessUrl: need("BROWSERLESS_URL"),
    litellmUrl: need("LITELLM_URL"),
    objectStoreUrl: need("OBJECT_STORE_URL"),
    postgresDsn: need("POSTGRES_DSN"),
    model: env.MODEL?.trim() || DEFAULT_MODEL,
    allowedHosts: (env.ALLOWED_HOSTS ?? "")
      .split(",")
      .map((host) => host.trim().toLowerCase())
      .filter(Boolean),
    namespace,
    run: run || workflow,
    isWorkload: Boolean(run),
    reuse: env[MORE_ENV.artifactCache] === "true",
    secretsDir: env[MORE_ENV.secretsDir] ?? "/etc/secrets",
    resultFile: env[MORE_ENV.resultFile],
  };
  if (errors.length > 0) throw new PermanentError(errors.join("; "));
  const { objective, targetUrls, bucket, model } = settings;
  const input = JSON.stringify([objective, targetUrls, bucket, prefix, model]);
  return { ...settings, inputHash: createHash("sha256").update(input).digest("hex").slice(0, 16) };
}

function readUrls(text: string, errors: string[]): string[] {
  if (!text) return [];
  try {
    const urls: unknown = JSON.parse(text);
    if (Array.isArray(urls) && urls.length > 0 && urls.every((url) => typeof url === "string")) return urls;
  } catch {
    // Said below.
  }
  errors.push("TARGET_URLS: must be a JSON array of at least one URL");
  return [];
}

/** A mounted secret's value, without blanks around it. */
export function readSecret(settings: Settings, secret: keyof typeof SECRETS, key: string): string {
  const file = join(settings.secretsDir, SECRETS[secret].path.split("/").at(-1) ?? "", key);
  if (!existsSync(file))
    throw new PermanentError(
      `${file} is missing: the tenant's Secret "${SECRETS[secret].name}" must hold the key "${key}"`,
    );
  return readFileSync(file, "utf8").trim();
}

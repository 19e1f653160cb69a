// Starts the services that agents' steps need (site, object store, model, database, browser), and runs steps with them.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Step, StepResult } from "@agentic/api/template.ts";
import { readSettings } from "../../../agents/core/config.ts";
import { type RunOptions, runStep } from "../../../agents/core/run.ts";
import { type AccessLogEntry, siteServer } from "../../../agents/serve.ts";
import { startObjectStore } from "./object-store.ts";
import {
  type ChromiumOptions,
  listen,
  startBrowsers,
  startOfflineModel,
  startPostgres,
  writeSecrets,
} from "./services.ts";

export interface StepRun {
  code: number | null;
  ms: number;
  result: StepResult | undefined;
  /** Its log, one object for each line. */
  log: { level: string; msg: string; error?: string; beginning?: string; [field: string]: unknown }[];
  output: string;
}

export interface StepEnvironment extends AsyncDisposable {
  /** The sample site on loopback, and the requests that it received. */
  site: { url: string; host: string; requests: AccessLogEntry[] };
  store: Awaited<ReturnType<typeof startObjectStore>>;
  model: Awaited<ReturnType<typeof startOfflineModel>>;
  postgres: Awaited<ReturnType<typeof startPostgres>>;
  /** URL of the browser service with the tenant's token in it. */
  browserUrl: string;
  /** Environment variables of a step; those of `more` replace the defaults. */
  env(jobId: string, more?: Record<string, string>): Record<string, string>;
  /** Starts the step in a process of its own, as in its pod. */
  start(step: Step, env: Record<string, string>): { child: ChildProcess; exit: Promise<StepRun>; output(): string };
  /** Runs the step in this process, which is quicker and measures its coverage. */
  run(step: Step, env: Record<string, string>, options?: Pick<RunOptions, "drawLimits" | "withinMs">): Promise<StepRun>;
  json<T>(jobId: string, name: string): T;
}

export async function startStepEnvironment(chromium: ChromiumOptions = {}): Promise<StepEnvironment> {
  const dir = mkdtempSync(join(tmpdir(), "agents-environment-"));
  const requests: AccessLogEntry[] = [];
  const files = siteServer("examples/site/content", (entry) => requests.push(entry));
  const [site, store, model, postgres, browser] = await Promise.all([
    listen((request, response) => files.emit("request", request, response)),
    startObjectStore(),
    startOfflineModel(),
    startPostgres(),
    startBrowsers([{ tenant: "test", token: "browser-token" }], undefined, chromium),
  ]);
  const secretsDir = writeSecrets(join(dir, "secrets"), {
    "object-store": { "access-key": "agent", "secret-key": "agent-secret" },
    postgres: { password: postgres.password },
    browserless: { token: "browser-token" },
    litellm: { "api-key": "sk-tenant" },
  });
  const host = `127.0.0.1:${site.port}`;
  const environment: StepEnvironment = {
    site: { url: site.url, host, requests },
    store,
    model,
    postgres,
    browserUrl: `${browser.url}/?token=browser-token`,
    env: (jobId, more = {}) => ({
      PATH: process.env.PATH ?? "",
      JOB_ID: jobId,
      OBJECTIVE: "Compare the kettles, their prices and their guarantees, and say who makes them.",
      TARGET_URLS: JSON.stringify([`${site.url}/`, `${site.url}/products.html`, `${site.url}/about.html`]),
      BUCKET: "artifacts",
      ARTIFACT_PREFIX: `job_${jobId}`,
      BROWSERLESS_URL: browser.url,
      LITELLM_URL: model.url,
      OBJECT_STORE_URL: store.url,
      POSTGRES_DSN: postgres.url,
      MODEL: "default",
      ALLOWED_HOSTS: host,
      RUN_ID: `${jobId}-0a1b2c3d`,
      WORKFLOW: "tenant-test/3e5b1d2c",
      SECRETS_DIR: secretsDir,
      RESULT_FILE: join(dir, `${jobId}.json`),
      ...more,
    }),
    start: (step, env) => {
      const file = env.RESULT_FILE ?? "";
      rmSync(file, { force: true });
      const started = performance.now();
      const child = spawn(process.execPath, ["agents/main.ts", step], {
        env: podEnvironment(step, env),
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
      child.stderr?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
      const exit = new Promise<StepRun>((resolve) =>
        child.once("close", (code) => resolve(finished(code, started, file, output))),
      );
      return { child, exit, output: () => output };
    },
    run: async (step, env, options = {}) => {
      const file = env.RESULT_FILE ?? "";
      rmSync(file, { force: true });
      const started = performance.now();
      let output = "";
      const settings = readSettings(step, podEnvironment(step, env));
      const write = (line: string) => {
        output += line;
      };
      const code = await runStep(settings, { ...options, signal: new AbortController().signal, write });
      return finished(code, started, file, output);
    },
    json: <T>(jobId: string, name: string) => {
      const body = store.objects.get(`artifacts/job_${jobId}/${name}`);
      if (!body) throw new Error(`no artifact ${name}: there are ${[...store.objects.keys()].join(", ")}`);
      return JSON.parse(body.toString()) as T;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([site, store, model, postgres, browser].map((service) => service.stop()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return environment;
}

/** As each step has a pod of its own. */
const podEnvironment = (step: Step, env: Record<string, string>) => ({ POD: `pod-of-${step}`, ...env });

function finished(code: number | null, started: number, file: string, output: string): StepRun {
  return {
    code,
    ms: Math.round(performance.now() - started),
    result: readResult(file),
    log: output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as StepRun["log"][number]),
    output,
  };
}

function readResult(file: string): StepResult | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as StepResult;
  } catch {
    return undefined;
  }
}

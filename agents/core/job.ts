// One step as part of its run: reads what the steps before it wrote, takes over what is done, and records what it wrote.
import { createHash } from "node:crypto";
import { type ArtifactManifest, manifestKey } from "@agentic/api/artifacts.ts";
import type { Step, StepResult } from "@agentic/api/template.ts";
import type { Settings } from "./config.ts";
import type { Context, StepModule } from "./context.ts";
import type { Database, Retries } from "./database.ts";
import { runWork } from "./graph.ts";
import { inputsOf, isIntact, type Written, written } from "./inputs.ts";
import type { Log } from "./log.ts";
import type { StepRecord } from "./records.ts";
import type { StepOutput } from "./result.ts";
import { type ArtifactStore, artifactStore } from "./store.ts";

export interface Job {
  settings: Settings;
  module: StepModule;
  database: Database;
  retries: Required<Pick<Retries, "signal" | "onRetry">> & Retries;
  log: Log;
  drawLimits: Context["drawLimits"];
  /** Gets what has to be closed when the step is over. */
  closing: (() => Promise<void>)[];
}

/** The last step of a run: after it nothing is written. */
const LAST_STEP: Step = "synthesis";

/** The step's result: of an earlier attempt or run where that is done, else of the work done now. */
export async function runJob(job: Job): Promise<StepResult> {
  const { settings, module, database, retries, log, drawLimits, closing } = job;
  const { step, namespace, run } = settings;
  const { saver, records } = database;
  const { folder, holder } = await records.place();
  if (holder)
    log.warn(
      { holder, prefix: settings.prefix, folder },
      "another run that is not over has the artifact prefix: this run's artifacts go to a folder of their own below it",
    );
  const store = artifactStore(settings, retries);
  const before = new Map<Step, StepRecord>();
  for (const one of module.reads) {
    const record = await records.ofRun(one);
    if (record) before.set(one, record);
  }
  const inputs = inputsOf(store, before);
  const input = hash([settings.inputHash, ...inputs.digests]);
  const { done, former } = await earlier({ settings, database, store, input });
  let result = done?.result;
  if (result) {
    log.info({ beginning: "done" }, "step was done already");
    await records.save(step, input, { result, isComplete: true });
  } else {
    const inFolder: ArtifactStore = { ...store, put: (key, ...rest) => store.put(folder + key, ...rest) };
    const { signal, onRetry } = retries;
    const context: Context = { settings, store: inFolder, inputs, former, log, signal, onRetry, drawLimits };
    const { work, concurrency, close } = await module.prepare(context);
    if (close) closing.push(close);
    const options = { threadId: `${namespace}/${run}/${step}`, input, concurrency, signal };
    const { output, isComplete } = await runWork(work, saver, options, (beginning) =>
      log.info({ beginning }, `step ${beginning === "done" ? "was done already" : "begins"}`),
    );
    result = await record(settings, store, output);
    await records.save(step, input, { result, isComplete });
    // What is done is in the store: checkpoints hold page bodies.
    await saver.deleteThread(options.threadId);
  }
  if (step === LAST_STEP) await records.end();
  return result;
}

interface Earlier {
  settings: Settings;
  database: Database;
  store: ArtifactStore;
  input: string;
}

/** What is there of the same input, by this run or by one that may be reused: all of it, or what wasn't done for good. */
async function earlier(given: Earlier): Promise<{ done?: StepRecord; former: Written | undefined }> {
  const { settings, database, store, input } = given;
  const { step, reuse } = settings;
  const { records } = database;
  const record = (await records.ofRun(step, input)) ?? (reuse ? await records.ofJob(step, input) : undefined);
  const manifest = record?.result.manifest;
  if (!record || !manifest || !(await isIntact(store, step, record))) return { former: undefined };
  return record.isComplete ? { done: record, former: undefined } : { former: written(store, step, manifest) };
}

/** Writes the manifest of what the step wrote; the step's result names it. */
async function record(settings: Settings, store: ArtifactStore, output: StepOutput): Promise<StepResult> {
  const { run, jobId, step } = settings;
  const { artifacts, ...rest } = output;
  const manifest: ArtifactManifest = { version: 1, run, jobId, step, artifacts };
  const { uri, digest } = await store.put(manifestKey(run, step), JSON.stringify(manifest), "application/json");
  return {
    artifacts: Object.fromEntries(artifacts.map(({ name, uri }) => [name, uri])),
    manifest: { uri, digest, count: artifacts.length, bytes: artifacts.reduce((sum, { bytes }) => sum + bytes, 0) },
    ...rest,
  };
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

// Runs one step as part of its run: reads earlier steps' artifacts, reuses finished work, and records the artifacts that it writes.
import { createHash } from "node:crypto";
import { type ArtifactManifest, batchFolder, manifestKey } from "@agentic/api/artifacts.ts";
import type { StepPart } from "@agentic/api/batches.ts";
import type { Beginning, Evidence, Step, StepResult } from "@agentic/api/template.ts";
import { MemorySaver } from "@langchain/langgraph";
import { isJoin, ownPart, partsRead, writerOf } from "./batch.ts";
import type { Settings } from "./config.ts";
import type { Context, StepModule } from "./context.ts";
import type { Database, Retries } from "./database.ts";
import { runWork } from "./graph.ts";
import { artifactsOf, inputsOf, isIntact, requireApproved, type StepArtifacts } from "./inputs.ts";
import type { Log } from "./log.ts";
import { Meter } from "./meter.ts";
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
  /** Functions that close connections when the step has ended; it adds its own. */
  closing: (() => Promise<void>)[];
}

/** The last step of a run, after which no artifact is written. */
const LAST_STEP: Step = "synthesis";

/** What each step does with a page. */
const VERBS: Record<Step, string> = {
  scrape: "execute_tool fetch_page",
  screenshot: "execute_tool take_screenshot",
  dom: "execute_tool read_structure",
  analysis: "judge page",
  synthesis: "sum up",
};

const NOTHING_EARLIER = { done: undefined, former: undefined };

/** The step's result: that of an earlier attempt or run where it is complete, or else that of the work, which is done now. */
export async function runJob(job: Job): Promise<StepResult> {
  const { settings, module, database, retries, log, drawLimits, closing } = job;
  const { step, namespace, run } = settings;
  const { saver, records } = database;
  const part = ownPart(settings);
  await records.begin(part);
  const { folder, holder } = await records.place();
  if (holder)
    log.warn(
      { holder, prefix: settings.prefix, folder },
      "another run that is not over holds the artifact prefix: this run writes to a folder of its own below it",
    );
  const store = writtenBy(artifactStore(settings, retries), database.requireWriter);
  const earlierRecords = new Map<StepPart, StepRecord>();
  for (const earlierPart of partsRead(settings, module.reads)) {
    const record = await records.ofRun(earlierPart);
    if (record) earlierRecords.set(earlierPart, record);
  }
  const inputs = inputsOf(store, earlierRecords, (earlierStep) => writerOf(settings, earlierStep));
  const { approved } = settings;
  if (approved) requireApproved(inputs, approved);
  const input = hash([settings.inputHash, ...[...inputs.digests].map((pair) => pair.join(" "))]);
  // What is left of earlier work lies where every pod of the tenant may write, so that nothing after a gate is made of it.
  const { done, former } = approved ? NOTHING_EARLIER : await findEarlierWork({ settings, database, store, input });
  let result = done?.result;
  let began: Beginning = "reused";
  const meter = new Meter();
  if (result) {
    log.info({ beginning: began }, "step was done already");
    await records.save(part, input, { result, isComplete: true });
  } else {
    const ownFolder = folder + (settings.batch === undefined ? "" : batchFolder(settings.batch));
    const inFolder: ArtifactStore = { ...store, put: (key, ...rest) => store.put(ownFolder + key, ...rest) };
    const { signal, onRetry } = retries;
    const context: Context = { settings, store: inFolder, inputs, former, log, meter, signal, onRetry, drawLimits };
    const { work, concurrency, close } = await module.prepare(context);
    if (close) closing.push(close);
    const verb = isJoin(settings) ? "join batches" : VERBS[step];
    const options = { threadId: `${namespace}/${run}/${part}`, input, concurrency, signal, verb };
    const { output, isComplete } = await runWork(work, approved ? new MemorySaver() : saver, options, (beginning) => {
      began = beginning;
      log.info({ beginning }, `step ${beginning === "done" ? "was done already" : "begins"}`);
    });
    result = await writeManifest(settings, store, output, isJoin(settings) ? inputs.digests : undefined);
    await records.save(part, input, { result, isComplete });
    // The artifacts are in the store now, and checkpoints contain page bodies.
    await saver.deleteThread(options.threadId);
  }
  if (step === LAST_STEP) await records.end();
  const usage = meter.read();
  if (began !== "reused") return { ...result, beginning: began, usage };
  // Those that the earlier work has read were counted with it.
  const { pages: _, ...reused } = result;
  return { ...reused, beginning: began, usage };
}

/** The store, written to by the process alone that writes the step. */
function writtenBy(store: ArtifactStore, requireWriter: () => Promise<void>): ArtifactStore {
  return {
    ...store,
    put: async (...args) => {
      await requireWriter();
      return await store.put(...args);
    },
  };
}

interface EarlierOptions {
  settings: Settings;
  database: Database;
  store: ArtifactStore;
  input: string;
}

/** Earlier work on the same input, of this run or of one that may be reused: `done` if it is complete, else `former`. */
async function findEarlierWork(
  options: EarlierOptions,
): Promise<{ done?: StepRecord; former: StepArtifacts | undefined }> {
  const { settings, database, store, input } = options;
  const step = ownPart(settings);
  const { records } = database;
  const record = (await records.ofRun(step, input)) ?? (settings.reuse ? await records.ofJob(step, input) : undefined);
  const manifest = record?.result.manifest;
  if (!record || !manifest || !(await isIntact(store, step, record))) return { former: undefined };
  return record.isComplete ? { done: record, former: undefined } : { former: artifactsOf(store, step, manifest) };
}

/** Writes the manifest of the step's artifacts; returns the step's result with its URI and digest. `joined`: the digests of what it joins. */
export async function writeManifest(
  settings: Settings,
  store: ArtifactStore,
  output: StepOutput,
  joined?: ReadonlyMap<StepPart, string | undefined>,
): Promise<StepResult> {
  const { run, jobId, step, batch } = settings;
  const { artifacts, ...rest } = output;
  const manifest: ArtifactManifest = {
    ...{ version: 1, run, jobId, step },
    ...(batch === undefined ? {} : { batch }),
    ...(joined ? { joins: Object.fromEntries(joined) as Evidence } : {}),
    artifacts,
  };
  const key = manifestKey(run, ownPart(settings));
  const { uri, digest } = await store.put(key, JSON.stringify(manifest), "application/json");
  return {
    artifacts: Object.fromEntries(artifacts.map(({ name, uri }) => [name, uri])),
    manifest: { uri, digest, count: artifacts.length, bytes: artifacts.reduce((sum, { bytes }) => sum + bytes, 0) },
    ...rest,
  };
}

function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32);
}

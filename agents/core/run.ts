// Runs one step and returns its exit code.
import { EXIT_CODES } from "@agentic/api/retries.ts";
import type { Step } from "@agentic/api/template.ts";
import { isJoin } from "./batch.ts";
import type { Settings } from "./config.ts";
import type { Context, StepModule } from "./context.ts";
import { describe, exitCodeOf, InterruptedError } from "./errors.ts";
import { KeptLines, keepLog, type LogObject } from "./kept-log.ts";
import { leaveLastWords } from "./last-words.ts";
import { createLog, type LineWriter, retryLogger, toOutput } from "./log.ts";
import { writeResult } from "./result.ts";
import { awaitTurn } from "./turn.ts";

/** Functions that load a step's modules. Others are not loaded: a browser client or a DOM takes a quarter of a second. */
export const stepModules: Record<Step, () => Promise<StepModule>> = {
  scrape: () => import("../steps/scrape.ts"),
  screenshot: () => import("../steps/screenshot.ts"),
  dom: () => import("../steps/dom.ts"),
  analysis: () => import("../steps/analysis.ts"),
  synthesis: () => import("../steps/synthesis.ts"),
};

/** The module of what a process works on. */
const moduleOf = (settings: Settings): Promise<StepModule> =>
  isJoin(settings) ? import("../steps/join.ts") : stepModules[settings.step]();

export interface RunOptions {
  signal: AbortSignal;
  /** Gets each line of the log. Default: standard output. */
  write?: LineWriter;
  /** Milliseconds for which a service may be unavailable before the step gives up. */
  withinMs?: number;
  drawLimits?: Context["drawLimits"];
}

/** Milliseconds for which connections that end, and the log's last lines, are waited for. */
const CLOSE_MS = 2_000;
const LOG_MS = 2_000;

const within = (ms: number, ending: Promise<unknown> | undefined) =>
  Promise.race([ending, new Promise((resolve) => setTimeout(resolve, ms).unref())]);

/** Runs the step. Its exit code is 0 after it has written its result file, else one of {@link EXIT_CODES} by whether a retry may solve the error. */
export async function runStep(settings: Settings, options: RunOptions): Promise<number> {
  const started = performance.now();
  const { signal, write = toOutput(), drawLimits = {} } = options;
  const lines = new KeptLines();
  const log = createLog(settings, (line) => {
    lines.add(line);
    write(line);
  });
  const ms = () => Math.round(performance.now() - started);
  const closing: (() => Promise<void>)[] = [];
  let endRun: (() => Promise<void>) | undefined;
  let keptLog: LogObject | undefined;
  const { tracing } = settings;
  const trace = tracing && (await import("./step-trace.ts")).beginStepTrace(settings, tracing);
  let failure: unknown;
  const run = async () => {
    await awaitTurn(settings, { signal, log });
    const onRetry = retryLogger(log);
    const retries = { signal, onRetry, ...(options.withinMs === undefined ? {} : { withinMs: options.withinMs }) };
    // Connects to the database while the step's modules load.
    const { openDatabase } = await import("./database.ts");
    const opening = openDatabase(settings, retries);
    opening.catch(() => {});
    const { artifactStore } = await import("./store.ts");
    // Written after a SIGTERM, too.
    keptLog = keepLog(settings, lines, artifactStore(settings, { withinMs: LOG_MS }), log);
    const [module, { runJob }] = await Promise.all([moduleOf(settings), import("./job.ts")]);
    const database = await opening;
    closing.push(() => database.end());
    endRun = () => database.records.end();
    trace?.ready();
    log.debug({ ms: ms() }, "ready");
    const result = await runJob({ settings, module, database, retries, log, drawLimits, closing });
    const startedAt = trace && { startedAt: Math.round(performance.timeOrigin) };
    writeResult({ ...result, ...startedAt }, settings.resultFile);
    log.info({ ms: ms(), artifacts: Object.keys(result.artifacts).length }, "step done");
    return EXIT_CODES.done;
  };
  try {
    return await (trace ? trace.within(run) : run());
  } catch (error) {
    failure = error;
    const exact = exitCodeOf(error);
    const code = exact === EXIT_CODES.notReady && !settings.knowsExitCodes ? EXIT_CODES.transient : exact;
    const isTransientError = code !== EXIT_CODES.failed;
    const message = error instanceof InterruptedError ? "step interrupted" : "step failed";
    log.error(
      {
        ms: ms(),
        error: describe(error),
        exitCode: code,
        ...(isTransientError ? {} : { kind: (error as Error).name }),
      },
      message,
    );
    leaveLastWords(describe(error), settings.resultFile);
    // A run that has failed permanently writes no more artifacts. If it is started again nevertheless, it claims its place again.
    if (!isTransientError) await endRun?.().catch(() => {});
    if (!isTransientError && log.isLevelEnabled("debug")) log.debug({ stack: (error as Error).stack }, "where");
    return code;
  } finally {
    await within(CLOSE_MS, Promise.allSettled(closing.map((close) => close())));
    await within(LOG_MS, Promise.all([keptLog?.close(), trace?.end(failure)]));
  }
}

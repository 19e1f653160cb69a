// Runs one step and returns its exit code.
import { EXIT_CODES, type Step } from "@agentic/api/template.ts";
import type { Settings } from "./config.ts";
import type { Context, StepModule } from "./context.ts";
import { describe, exitCodeOf, InterruptedError } from "./errors.ts";
import { leaveLastWords } from "./last-words.ts";
import { createLog, type Log, retryLogger } from "./log.ts";
import { writeResult } from "./result.ts";

/** Functions that load a step's modules. Others are not loaded: a browser client or a DOM takes a quarter of a second. */
const modules: Record<Step, () => Promise<StepModule>> = {
  scrape: () => import("../steps/scrape.ts"),
  screenshot: () => import("../steps/screenshot.ts"),
  dom: () => import("../steps/dom.ts"),
  analysis: () => import("../steps/analysis.ts"),
  synthesis: () => import("../steps/synthesis.ts"),
};

export interface RunOptions {
  signal: AbortSignal;
  log?: Log;
  /** Milliseconds for which a service may be unavailable before the step gives up. */
  withinMs?: number;
  drawLimits?: Context["drawLimits"];
}

/** Runs the step. Its exit code is 0 after it has written its result file, 75 after an error that a retry may solve, and 1 after another. */
export async function runStep(settings: Settings, options: RunOptions): Promise<number> {
  const started = performance.now();
  const { signal, log = createLog(settings), drawLimits = {} } = options;
  const ms = () => Math.round(performance.now() - started);
  const closing: (() => Promise<void>)[] = [];
  let endRun: (() => Promise<void>) | undefined;
  try {
    const onRetry = retryLogger(log);
    const retries = { signal, onRetry, ...(options.withinMs === undefined ? {} : { withinMs: options.withinMs }) };
    // Connects to the database while the step's modules load.
    const { openDatabase } = await import("./database.ts");
    const opening = openDatabase(settings, retries);
    opening.catch(() => {});
    const [module, { runJob }] = await Promise.all([modules[settings.step](), import("./job.ts")]);
    const database = await opening;
    closing.push(() => database.end());
    endRun = () => database.records.end();
    log.debug({ ms: ms() }, "ready");
    const result = await runJob({ settings, module, database, retries, log, drawLimits, closing });
    writeResult(result, settings.resultFile);
    log.info({ ms: ms(), artifacts: Object.keys(result.artifacts).length }, "step done");
    return EXIT_CODES.done;
  } catch (error) {
    const code = exitCodeOf(error);
    const isTransientError = code === EXIT_CODES.transient;
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
    await Promise.race([
      Promise.allSettled(closing.map((close) => close())),
      new Promise((resolve) => setTimeout(resolve, 2_000).unref()),
    ]);
  }
}

// Writes structured logs, in lines of JSON that say whose they are. Callers never log secrets or page bodies.
import { LOG_PROJECT_ENV, logOptions } from "@agentic/api/log-format.ts";
import { CENSOR } from "@agentic/api/secret-forms.ts";
import { pino } from "pino";
import type { Settings } from "./config.ts";
import { hidingSecrets } from "./redact.ts";
import type { RetryEvent } from "./retry.ts";

export type Log = pino.Logger;

/** Where lines go. */
export type LineWriter = (line: string) => void;

/** Writes to standard output. */
export const toOutput = (): LineWriter => {
  // Synchronous: the last line before an exit must not be lost.
  const output = pino.destination({ dest: 1, sync: true });
  return (line) => void output.write(line);
};

/** A logger for one step of one job, which also hides the values of the step's secrets. Level by LOG_LEVEL, default info. */
export function createLog(settings: Settings, write: LineWriter): Log {
  const { jobId, step, batch, namespace, run, pod, attempt, traceId } = settings;
  const options: pino.LoggerOptions = {
    level: process.env.LOG_LEVEL ?? "info",
    base: {
      ...{ jobId, step, ...(batch === undefined ? {} : { batch }) },
      ...{ tenant: namespace, run, pod, attempt, ...(traceId ? { traceId } : {}) },
    },
    timestamp: pino.stdTimeFunctions.isoTime,
    ...logOptions(process.env[LOG_PROJECT_ENV]),
    redact: { paths: ["*.password", "*.token", "*.apiKey", "*.secretKey", "*.html"], censor: CENSOR },
  };
  // As they stand in a line of JSON.
  const hide = hidingSecrets(settings, (secret) => JSON.stringify(secret).slice(1, -1));
  return pino(options, { write: (line: string) => write(hide(line)) });
}

/** A function that logs each retry. */
export function retryLogger(log: Log): (event: RetryEvent) => void {
  return ({ what, attempt, waitMs, error }) =>
    log.warn({ retry: attempt, waitMs, error }, `${what} failed, trying again`);
}

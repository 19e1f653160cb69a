// Writes structured logs, in lines of JSON that say whose they are. Callers never log secrets or page bodies.
import { pino } from "pino";
import { type Settings, secretValues } from "./config.ts";
import type { RetryEvent } from "./retry.ts";

export type Log = pino.Logger;

/** Where lines go. */
export type LineWriter = (line: string) => void;

/** A secret that is shorter stands in many lines by chance. */
const MIN_SECRET = 6;

const CENSOR = "(hidden)";

/** Writes to standard output. */
export const toOutput = (): LineWriter => {
  // Synchronous: the last line before an exit must not be lost.
  const output = pino.destination({ dest: 1, sync: true });
  return (line) => void output.write(line);
};

/** A logger for one step of one job, which also hides the values of the step's secrets. Level by LOG_LEVEL, default info. */
export function createLog(settings: Settings, write: LineWriter): Log {
  const { jobId, step, namespace, run, pod, attempt, tracing } = settings;
  const trace = tracing && { traceId: tracing.parent.traceId };
  const options: pino.LoggerOptions = {
    level: process.env.LOG_LEVEL ?? "info",
    base: { jobId, step, namespace, run, pod, attempt, ...trace },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ["*.password", "*.token", "*.apiKey", "*.secretKey", "*.html"], censor: CENSOR },
  };
  const secrets = secretValues(settings)
    .filter(({ length }) => length >= MIN_SECRET)
    // As they stand in a line of JSON.
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  const hide = (line: string) => secrets.reduce((text, secret) => text.replaceAll(secret, CENSOR), line);
  return pino(options, { write: (line: string) => write(hide(line)) });
}

/** A function that logs each retry. */
export function retryLogger(log: Log): (event: RetryEvent) => void {
  return ({ what, attempt, waitMs, error }) =>
    log.warn({ retry: attempt, waitMs, error }, `${what} failed, trying again`);
}

// Writes structured logs, in lines of JSON with the job's id. Callers never log secrets or page bodies.
import { pino } from "pino";
import type { RetryEvent } from "./retry.ts";

export type Log = pino.Logger;

/** A logger for one step of one job. Level by LOG_LEVEL, default info. */
export function createLog(fields: { jobId: string; step: string }, destination?: pino.DestinationStream): Log {
  const options: pino.LoggerOptions = {
    level: process.env.LOG_LEVEL ?? "info",
    base: { jobId: fields.jobId, step: fields.step },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: ["*.password", "*.token", "*.apiKey", "*.secretKey", "*.html"], censor: "(hidden)" },
  };
  // Synchronous: the last line before an exit must not be lost.
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}

/** A function that logs each retry. */
export function retryLogger(log: Log): (event: RetryEvent) => void {
  return ({ what, attempt, waitMs, error }) => log.warn({ attempt, waitMs, error }, `${what} failed, trying again`);
}

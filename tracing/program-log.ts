// A program's log: lines of JSON on standard output, and by OTLP at a collector of logs where there is one.
import { LOG_COLLECTOR_ENV, LOG_PROJECT_ENV, logOptions } from "@agentic/api/log-format.ts";
import { type Logger, pino } from "pino";

export interface ProgramLog {
  log: Logger;
  /** Sends the last lines, within a few seconds. */
  close(): Promise<void>;
}

/** Opens the log of a program of this name. */
export async function openLog(
  { program, level }: { program: string; level: string },
  env: NodeJS.ProcessEnv = process.env,
): Promise<ProgramLog> {
  const options = {
    level,
    base: undefined,
    timestamp: pino.stdTimeFunctions.isoTime,
    ...logOptions(env[LOG_PROJECT_ENV]),
  };
  const url = env[LOG_COLLECTOR_ENV];
  if (!url) return { log: pino(options), close: async () => {} };
  // Its modules are loaded only where there is somebody to send to.
  const { collectorStream } = await import("./collector-stream.ts");
  const collector = collectorStream({ program, url });
  const streams = [pino.destination(1), collector].map((stream) => ({ level: "trace" as const, stream }));
  return { log: pino(options, pino.multistream(streams)), close: collector.close };
}

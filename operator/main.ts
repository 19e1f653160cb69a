// The AgentWorkload operator's process: settings, logging, signals.
import { pino } from "pino";
import { readConfig } from "./config.ts";
import { connect } from "./kube/connection.ts";
import { startOperator } from "./operator.ts";

try {
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: undefined, timestamp: pino.stdTimeFunctions.isoTime });
  const operator = await startOperator(config, await connect(process.env, config.serviceAccountDir), log);
  log.info({ port: operator.port }, "started");
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info({ signal }, "stopping");
      void operator.stop();
    });
  }
  const end = await operator.ended;
  log.info({ end }, end === "lost" ? "another replica leads; ending, to start afresh" : "stopped");
  process.exitCode = end === "lost" ? 1 : 0;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

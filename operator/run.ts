// Runs the operator as a process: settings, logging, signals, exit code.

import { connect } from "@agentic/kube/connection/connect.ts";
import { openLog } from "@agentic/tracing/program-log.ts";
import { readConfig } from "./config.ts";
import { startOperator } from "./operator.ts";

/** Runs the operator until it stops; returns the exit code. */
export async function run(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  try {
    const config = readConfig(env);
    const { log, close } = await openLog({ program: "operator", level: config.logLevel }, env);
    const operator = await startOperator(config, await connect(env, config.serviceAccountDir), log);
    log.info({ port: operator.port }, "started");
    const stop = (signal: NodeJS.Signals) => {
      log.info({ signal }, "stopping");
      void operator.stop();
    };
    process.once("SIGTERM", stop).once("SIGINT", stop);
    const end = await operator.ended;
    process.off("SIGTERM", stop).off("SIGINT", stop);
    log.info(
      { end },
      end === "lost" ? "another replica leads now; exiting so that Kubernetes restarts this one" : "stopped",
    );
    await close();
    return end === "lost" ? 1 : 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

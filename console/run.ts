// Runs the console as a process: settings, logging, signals, exit code.
import { connect } from "@agentic/kube/connection/connect.ts";
import { openLog } from "@agentic/tracing/program-log.ts";
import { readConfig } from "./config.ts";
import { startConsole } from "./console.ts";

/** Runs the console until it is told to stop; returns the exit code. */
export async function run(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  try {
    const config = readConfig(env);
    const { log, close } = await openLog({ program: "console", level: config.logLevel }, env);
    const running = await startConsole(config, await connect(env), log);
    log.info({ port: running.port }, "started");
    const signal = await new Promise<NodeJS.Signals>((resolve) => {
      process.once("SIGTERM", resolve).once("SIGINT", resolve);
    });
    log.info({ signal }, "stopping");
    await running.stop();
    await close();
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
}

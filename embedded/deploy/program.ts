// Runs a Pulumi program as Pulumi's language host would, against an engine that this process serves on a socket of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import resourceServices from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { Engine, Program, RunProgramOptions } from "./engine.ts";
import { positionsVariable } from "./preload-variables.ts";
import { SocketFolder } from "./private-socket.ts";
import { engineService, monitor } from "./services.ts";

/** Runs the program until it ends. Throws with the program's own error text where it fails. */
export async function runProgram(program: Program, engineSide: Engine, options: RunProgramOptions): Promise<void> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 << 20 });
  const failures: string[] = [];
  server.addService(resourceServices.ResourceMonitorService as never, monitor(program, engineSide, options, failures));
  server.addService(engineServices.EngineService as never, engineService(engineSide, failures));
  using sockets = new SocketFolder();
  const address = await sockets.listen(server, "engine");
  try {
    const { code, text } = await ended(start(program, address, options), engineSide);
    if (code !== 0) throw new Error(failures.join("\n") || text || `the program ended with exit code ${code}`);
    for (const failure of failures) engineSide.log("error", failure, "");
  } finally {
    server.forceShutdown();
  }
}

/** Arguments and environment for node that make every process of Pulumi's SDK start faster. */
export const leanNode = {
  // Nearly all objects of a run die young: a young generation (MiB) that is large from the start saves a seventh of its time.
  args: ["--max-semi-space-size=64", "--min-semi-space-size=16", "--require", join(import.meta.dirname, "preload.ts")],
  env: {
    // Compiling the SDK anew takes most of a second.
    NODE_COMPILE_CACHE: join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "agentic-platform/node-compile"),
  },
};

function start(program: Program, address: string, { dryRun, signal, positions }: RunProgramOptions): ChildProcess {
  const run = createRequire(join(program.directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const args = [
    ...leanNode.args,
    ...(program.nodeArgs ?? []),
    run,
    `--monitor=${address}`,
    `--engine=${address}`,
    `--project=${program.project}`,
    `--stack=${program.stack}`,
    "--organization=organization",
    `--pwd=${program.directory}`,
    "--parallel=64",
    ...(dryRun ? ["--dry-run"] : []),
    program.main,
  ];
  const env = {
    ...leanNode.env,
    ...process.env,
    PULUMI_NODEJS_TYPESCRIPT: "false",
    PULUMI_CONFIG: JSON.stringify(program.config.values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(program.config.secretKeys),
    ...(positions ? { [positionsVariable]: "true" } : {}),
  };
  return spawn(process.execPath, args, { cwd: program.directory, env, signal, stdio: ["ignore", "pipe", "pipe"] });
}

/** Waits until the program ends; its last lines on standard error explain a failure. */
async function ended(child: ChildProcess, side: Engine): Promise<{ code: number | null; text: string }> {
  const errorLines: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => side.log("info", line, ""));
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => errorLines.push(line));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code === 0) for (const line of errorLines) side.log("info", line, "");
  return { code, text: errorLines.slice(-30).join("\n") };
}

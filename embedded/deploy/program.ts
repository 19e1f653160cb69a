// Runs a Pulumi program as Pulumi's language host would, against an engine that this process serves on a socket of its own.
import grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import resourceServices from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { Engine, Program, RunProgramOptions } from "./engine.ts";
import { SocketFolder } from "./private-socket.ts";
import { runProcess } from "./program-process.ts";
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
    const log = (line: string) => engineSide.log("info", line, "");
    const { code, text } = await runProcess(program, address, { ...options, log });
    if (code !== 0) throw new Error(failures.join("\n") || text || `the program ended with exit code ${code}`);
    for (const failure of failures) engineSide.log("error", failure, "");
  } finally {
    server.forceShutdown();
  }
}

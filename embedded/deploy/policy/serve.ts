// Runs a policy pack in Pulumi's own runtime and calls it over gRPC.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import analyzerServices from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Program } from "../engine.ts";
import { packSocketVariable } from "../preload-variables.ts";
import { SocketFolder } from "../private-socket.ts";
import { leanNode } from "../program-process.ts";

type Client = InstanceType<typeof analyzerServices.AnalyzerClient>;
type Method = "getAnalyzerInfo" | "configure" | "remediate" | "analyze" | "analyzeStack";

/** Calls a method of the pack. */
export type Call = <Q, R>(method: Method, request: Q) => Promise<R>;

/** The longest that a pack may take to start, in ms. */
const startTimeout = 60_000;
const messageSize = 400 << 20;

/** Starts the pack of a folder for `work`, and ends it after. */
export async function withPack<T>(folder: string, program: Program, work: (call: Call) => Promise<T>): Promise<T> {
  const output: string[] = [];
  const server = engineFor(output);
  using sockets = new SocketFolder();
  const socket = sockets.path("pack");
  const child = start(folder, program, { engine: await sockets.listen(server, "engine"), socket });
  let client: Client | undefined;
  try {
    await started(child, folder, output);
    if (!existsSync(socket))
      throw new Error(
        `the policy pack ${folder} serves on a port, where every user of this machine reaches it: its version of @pulumi/policy is not one that can be kept from that`,
      );
    client = new analyzerServices.AnalyzerClient(`unix:${socket}`, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": messageSize,
      "grpc.max_send_message_length": messageSize,
    });
    return await work(caller(client, folder));
  } finally {
    client?.close();
    child.kill();
    server.forceShutdown();
  }
}

/** The engine that a pack logs to. */
function engineFor(output: string[]): grpc.Server {
  const server = new grpc.Server();
  const service = Object.fromEntries(
    Object.keys(engineServices.EngineService).map((name) => [
      name,
      (call: { request: unknown }, reply: (error: null, response: unknown) => void) => {
        if (call.request instanceof engine.LogRequest) output.push(call.request.getMessage());
        reply(null, new empty.Empty());
      },
    ]),
  );
  server.addService(engineServices.EngineService as never, service as never);
  return server;
}

function caller(client: Client, folder: string): Call {
  return <Q, R>(method: Method, request: Q) =>
    new Promise<R>((resolve, reject) => {
      const send = client[method] as unknown as (
        request: Q,
        reply: (error: Error | null, response: R) => void,
      ) => unknown;
      send.call(client, request, (error, response) =>
        error ? reject(new Error(`the policy pack ${folder}: ${error.message}`)) : resolve(response),
      );
    });
}

interface Sockets {
  /** Address of the engine. */
  engine: string;
  /** Path of the socket that the pack is to serve on. */
  socket: string;
}

function start(folder: string, program: Program, { engine, socket }: Sockets): ChildProcess {
  const run = createRequire(join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const env = {
    ...leanNode.env,
    ...process.env,
    PULUMI_NODEJS_TYPESCRIPT: "false",
    PULUMI_NODEJS_PROJECT: program.project,
    PULUMI_NODEJS_STACK: program.stack,
    PULUMI_NODEJS_ORGANIZATION: "organization",
    PULUMI_NODEJS_DRY_RUN: "true",
    PULUMI_PROJECT: program.project,
    PULUMI_STACK: program.stack,
    PULUMI_CONFIG: JSON.stringify(program.config.values),
    [packSocketVariable]: socket,
  };
  // The runtime reads the pack's version from the package.json of the working directory.
  const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
  return spawn(process.execPath, [...leanNode.args, run, engine, folder], { env, cwd: folder, stdio });
}

/** Waits until the pack prints its first line, the port , which a socket lacks: then it serves. */
async function started(child: ChildProcess, folder: string, output: string[]): Promise<void> {
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => output.push(line));
  return await new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new Error(`the policy pack ${folder} ${why}${output.length > 0 ? `:\n${output.slice(-20).join("\n")}` : ""}`),
      );
    const timer = setTimeout(() => fail(`did not start within ${startTimeout / 1000} s`), startTimeout);
    child.once("error", reject);
    child.once("close", (code) => fail(`ended with exit code ${code}`));
    if (child.stdout)
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!/^\d+$/.test(line)) return;
        clearTimeout(timer);
        resolve();
      });
    child.once("close", () => clearTimeout(timer));
  });
}

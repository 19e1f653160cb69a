// Runs a Pulumi program as its language host would, against an engine that this process serves on loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import resourceServices from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { Aliases, urnOf } from "./aliases.ts";
import { answeredComponents } from "./cert-manager.ts";
import type { StackConfig } from "./config.ts";
import { type Registration, registrationOf } from "./registration.ts";
import { decode, encode, type Properties } from "./values.ts";

/** What became of a registration. */
export interface Registered {
  /** "" where it isn't known yet. */
  id: string;
  outputs: Properties;
  /** It, or what it depends on, could not be made: the program goes on with what doesn't need it. */
  failed?: boolean;
}

/** The engine's side of a run. */
export interface Engine {
  register(registration: Registration): Promise<Registered>;
  read(request: {
    urn: string;
    type: string;
    name: string;
    id: string;
    provider: string;
    inputs: Properties;
  }): Promise<Properties>;
  /** Outputs of a component or of the stack. */
  outputs(urn: string, outputs: Properties): void;
  log(severity: "info" | "warning" | "error", message: string, urn: string): void;
}

/** A program and the stack it runs for. */
export interface Program {
  /** Folder of Pulumi.yaml. */
  directory: string;
  /** Its `main`, relative to the folder. */
  main: string;
  /** Arguments for node, before the program. */
  nodeArgs?: string[];
  project: string;
  stack: string;
  config: StackConfig;
}

const features = [
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
];
const featureNames = new Set(["secrets", "resourceReferences", "aliasSpecs", "deletedWith"]);
const severities = ["debug", "info", "warning", "error"] as const;

/** How a program is run. */
export interface RunProgramOptions {
  /** Whether the program is told that it is a preview, so that outputs may be unknown. */
  dryRun: boolean;
  /** Ends it early. */
  signal?: AbortSignal;
  /** Whether registrations say where the program constructs them, which takes a fifth longer. */
  positions?: boolean;
}

/** Runs the program to its end. Throws with the program's own words where it fails. */
export async function runProgram(program: Program, engineSide: Engine, options: RunProgramOptions): Promise<void> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": 400 << 20 });
  const failures: string[] = [];
  server.addService(resourceServices.ResourceMonitorService as never, monitor(program, engineSide, options, failures));
  server.addService(engineServices.EngineService as never, engineService(engineSide, failures));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  try {
    const { code, text } = await ended(start(program, port, options), engineSide);
    if (code !== 0) throw new Error(failures.join("\n") || text || `the program ended with exit code ${code}`);
  } finally {
    server.forceShutdown();
  }
}

/** Arguments and environment for node that every process of Pulumi's SDK starts faster with. */
export const leanNode = {
  args: ["--require", join(import.meta.dirname, "preload.ts")],
  env: {
    // Compiling the SDK anew takes most of a second.
    NODE_COMPILE_CACHE: join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "agentic-platform/node-compile"),
  },
};

function start(program: Program, port: number, { dryRun, signal, positions }: RunProgramOptions): ChildProcess {
  const run = createRequire(join(program.directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const address = `127.0.0.1:${port}`;
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
    ...(positions ? { AGENTIC_SOURCE_POSITIONS: "true" } : {}),
  };
  return spawn(process.execPath, args, { cwd: program.directory, env, signal, stdio: ["ignore", "pipe", "pipe"] });
}

/** Waits for the program's end; its last words on standard error explain a failure. */
async function ended(child: ChildProcess, side: Engine): Promise<{ code: number | null; text: string }> {
  const words: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => side.log("info", line, ""));
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => words.push(line));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code === 0) for (const line of words) side.log("info", line, "");
  return { code, text: words.slice(-30).join("\n") };
}

type Call<Request> = { request: Request };
type Reply<Response> = (error: Partial<grpc.ServiceError> | null, response?: Response) => void;

/** Answers a call with what `handle` returns or with its error. */
function unary<Request, Response>(handle: (request: Request) => Promise<Response> | Response) {
  return (call: Call<Request>, reply: Reply<Response>) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (response) => reply(null, response),
        (error: Error) => reply({ code: grpc.status.UNKNOWN, message: error.message }),
      );
  };
}

function unsupported(what: string) {
  return unary(() => {
    throw new Error(`${what} are not supported by this deployer: use the Pulumi CLI for a program that needs them`);
  });
}

function monitor(program: Program, side: Engine, { dryRun }: RunProgramOptions, failures: string[]) {
  const aliases = new Aliases();
  const seen = new Set<string>();
  return {
    getDeploymentInfo: unary(() => {
      const info = new resource.DeploymentInfo();
      info.setProject(program.project);
      info.setStack(program.stack);
      info.setOrganization("organization");
      info.setDryrun(dryRun);
      info.setParallel(64);
      for (const [key, value] of Object.entries(program.config.values)) info.getConfigMap().set(key, value);
      info.setConfigsecretkeysList(program.config.secretKeys);
      info.setSupportedfeaturesList(features);
      return info;
    }),
    supportsFeature: unary((request: resource.SupportsFeatureRequest) => {
      const response = new resource.SupportsFeatureResponse();
      response.setHassupport(featureNames.has(request.getId()));
      return response;
    }),
    registerResource: unary(async (request: resource.RegisterResourceRequest) => {
      try {
        if (request.getRemote() && !answeredComponents.has(request.getType()))
          throw new Error(`${request.getType()} is a component of a plugin: none can be run here`);
        const registration = registrationOf(request, program.project, program.stack, aliases);
        const { urn } = registration;
        if (seen.has(urn)) throw new Error(`${urn} is registered twice: give one of the two another name`);
        seen.add(urn);
        const registered = await side.register(registration);
        const response = new resource.RegisterResourceResponse();
        response.setUrn(urn);
        response.setId(registered.id);
        response.setObject(encode(registered.outputs));
        // Not Result.FAIL, which ends the program: with unknown outputs it goes on to what doesn't need this resource.
        response.setUnknown(registered.failed ?? false);
        return response;
      } catch (error) {
        failures.push(`${request.getType()} ${request.getName()}: ${(error as Error).message}`);
        throw error;
      }
    }),
    readResource: unary(async (request: resource.ReadResourceRequest) => {
      const type = request.getType();
      const name = request.getName();
      const urn = urnOf(program.project, program.stack, type, name, request.getParent());
      const outputs = await side.read({
        urn,
        type,
        name,
        id: request.getId(),
        provider: request.getProvider(),
        inputs: decode(request.getProperties()),
      });
      const response = new resource.ReadResourceResponse();
      response.setUrn(urn);
      response.setProperties(encode(outputs));
      return response;
    }),
    invoke: unary((request: resource.ResourceInvokeRequest) => {
      throw new Error(`${request.getTok()}: functions of providers can't be called by this deployer`);
    }),
    registerResourceOutputs: unary((request: resource.RegisterResourceOutputsRequest) => {
      side.outputs(request.getUrn(), decode(request.getOutputs()));
      return new empty.Empty();
    }),
    registerPackage: unary((request: resource.RegisterPackageRequest) => {
      const response = new resource.RegisterPackageResponse();
      response.setRef(request.getName());
      return response;
    }),
    signalAndWaitForShutdown: unary(() => new empty.Empty()),
    call: unsupported("methods of remote components"),
    registerStackTransform: unsupported("stack transforms"),
    registerStackInvokeTransform: unsupported("invoke transforms"),
    registerResourceHook: unsupported("resource hooks"),
    registerErrorHook: unsupported("error hooks"),
  };
}

function engineService(side: Engine, failures: string[]) {
  let root = "";
  return {
    log: unary((request: engine.LogRequest) => {
      const severity = severities[request.getSeverity()] ?? "info";
      // The SDK's debug log holds every property, secrets in clear.
      if (severity === "debug") return new empty.Empty();
      if (severity === "error") failures.push(request.getMessage().trim());
      side.log(severity, request.getMessage().trimEnd(), request.getUrn());
      return new empty.Empty();
    }),
    getRootResource: unary(() => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: unary((request: engine.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    }),
    startDebugging: unsupported("debuggers"),
    requirePulumiVersion: unary(() => new engine.RequirePulumiVersionResponse()),
  };
}

// Asks a CrossGuard policy pack about a recorded program, by the Analyzer protocol: the pack runs in Pulumi's own runtime.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import analyzerServices from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { nameOf } from "./aliases.ts";
import { urnOfProvider } from "./clusters.ts";
import type { Program } from "./program.ts";
import type { Registration } from "./registration.ts";
import { encode } from "./values.ts";

/** One policy's word against one resource, or against the stack. */
export interface Violation {
  policy: string;
  pack: string;
  level: "advisory" | "mandatory";
  /** What is wrong and how to put it right. */
  message: string;
  /** The policy's own description. */
  description: string;
  /** "" for the stack as a whole. */
  urn: string;
}

/** What a pack says of a program. */
export interface PolicyReport {
  pack: string;
  /** Number of policies in the pack. */
  policies: number;
  /** Number of resources that were looked at. */
  resources: number;
  violations: Violation[];
}

/** The longest that a pack may take to start, in ms. */
const startTimeout = 60_000;
/** Requests that are under way at once: the pack is one process with one thread. */
const parallel = 16;

/** Starts the pack of a folder, asks it about every resource and about the stack, and ends it. */
export async function checkPolicies(
  pack: string,
  program: Program,
  registrations: readonly Registration[],
): Promise<PolicyReport> {
  const words: string[] = [];
  const server = new grpc.Server();
  const service = Object.fromEntries(
    Object.keys(engineServices.EngineService).map((name) => [
      name,
      (call: { request: unknown }, reply: (error: null, response: unknown) => void) => {
        if (call.request instanceof engine.LogRequest) words.push(call.request.getMessage());
        reply(null, new empty.Empty());
      },
    ]),
  );
  server.addService(engineServices.EngineService as never, service as never);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const child = start(pack, program, port);
  let client: InstanceType<typeof analyzerServices.AnalyzerClient> | undefined;
  try {
    const at = await portOf(child, pack, words);
    client = new analyzerServices.AnalyzerClient(`127.0.0.1:${at}`, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": 400 << 20,
      "grpc.max_send_message_length": 400 << 20,
    });
    return await ask(client, pack, registrations);
  } finally {
    client?.close();
    child.kill();
    server.forceShutdown();
  }
}

function start(pack: string, program: Program, port: number): ChildProcess {
  const run = createRequire(join(pack, "package.json")).resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const env = {
    ...process.env,
    PULUMI_NODEJS_TYPESCRIPT: "false",
    PULUMI_NODEJS_PROJECT: program.project,
    PULUMI_NODEJS_STACK: program.stack,
    PULUMI_NODEJS_ORGANIZATION: "organization",
    PULUMI_NODEJS_DRY_RUN: "true",
    PULUMI_PROJECT: program.project,
    PULUMI_STACK: program.stack,
    PULUMI_CONFIG: JSON.stringify(program.config.values),
  };
  return spawn(process.execPath, [run, `127.0.0.1:${port}`, pack], { env, stdio: ["ignore", "pipe", "pipe"] });
}

/** The pack's first line is its port. */
async function portOf(child: ChildProcess, pack: string, words: string[]): Promise<string> {
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => words.push(line));
  return await new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(new Error(`the policy pack ${pack} ${why}${words.length > 0 ? `:\n${words.slice(-20).join("\n")}` : ""}`));
    const timer = setTimeout(() => fail(`did not start within ${startTimeout / 1000} s`), startTimeout);
    child.once("error", reject);
    child.once("close", (code) => fail(`ended with exit code ${code}`));
    if (child.stdout)
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!/^\d+$/.test(line)) return;
        clearTimeout(timer);
        resolve(line);
      });
    child.once("close", () => clearTimeout(timer));
  });
}

async function ask(
  client: InstanceType<typeof analyzerServices.AnalyzerClient>,
  folder: string,
  registrations: readonly Registration[],
): Promise<PolicyReport> {
  const call = <Q, R>(method: (request: Q, reply: (error: Error | null, response: R) => void) => unknown, request: Q) =>
    new Promise<R>((resolve, reject) =>
      method.call(client, request, (error, response) =>
        error ? reject(new Error(`the policy pack ${folder}: ${error.message}`)) : resolve(response),
      ),
    );
  const info = await call<empty.Empty, analyzer.AnalyzerInfo>(client.getAnalyzerInfo, new empty.Empty());
  const found: analyzer.AnalyzeDiagnostic[] = [];
  const byUrn = new Map(registrations.map((one) => [one.urn, one]));
  const queue = [...registrations];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const request = describe(new analyzer.AnalyzeRequest(), next, byUrn);
      const response = await call<analyzer.AnalyzeRequest, analyzer.AnalyzeResponse>(client.analyze, request);
      const { urn } = next;
      for (const diagnostic of response.getDiagnosticsList()) {
        if (!diagnostic.getUrn()) diagnostic.setUrn(urn);
        found.push(diagnostic);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const stack = new analyzer.AnalyzeStackRequest();
  stack.setResourcesList(
    registrations.map((one) => {
      const message = describe(new analyzer.AnalyzerResource(), one, byUrn);
      message.setParent(one.parent);
      message.setDependenciesList(one.dependencies);
      return message;
    }),
  );
  const response = await call<analyzer.AnalyzeStackRequest, analyzer.AnalyzeResponse>(client.analyzeStack, stack);
  found.push(...response.getDiagnosticsList());
  const violations = found.map(violationOf).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return {
    pack: info.getName(),
    policies: info.getPoliciesList().length,
    resources: registrations.length,
    violations,
  };
}

/** Both requests describe a resource by the same fields. */
function describe<T extends analyzer.AnalyzeRequest | analyzer.AnalyzerResource>(
  message: T,
  registration: Registration,
  byUrn: ReadonlyMap<string, Registration>,
): T {
  message.setType(registration.type);
  message.setUrn(registration.urn);
  message.setName(registration.name);
  message.setProperties(encode(registration.inputs));
  const options = new analyzer.AnalyzerResourceOptions();
  options.setProtect(registration.protect);
  options.setIgnorechangesList(registration.ignoreChanges);
  options.setDeletebeforereplace(registration.deleteBeforeReplace);
  options.setDeletebeforereplacedefined(registration.deleteBeforeReplace);
  options.setAdditionalsecretoutputsList(registration.secretOutputs);
  options.setAliasesList(registration.aliases);
  options.setParent(registration.parent);
  message.setOptions(options);
  const provider = byUrn.get(urnOfProvider(registration.provider));
  if (provider) {
    const described = new analyzer.AnalyzerProviderResource();
    described.setType(provider.type);
    described.setUrn(provider.urn);
    described.setName(nameOf(provider.urn));
    described.setProperties(encode(provider.inputs));
    message.setProvider(described);
  }
  return message;
}

function violationOf(diagnostic: analyzer.AnalyzeDiagnostic): Violation {
  return {
    policy: diagnostic.getPolicyname(),
    pack: diagnostic.getPolicypackname(),
    level: diagnostic.getEnforcementlevel() === analyzer.EnforcementLevel.ADVISORY ? "advisory" : "mandatory",
    message: diagnostic.getMessage(),
    description: diagnostic.getDescription(),
    urn: diagnostic.getUrn(),
  };
}

/** Mandatory ones first, then by policy and resource. */
function keyOf({ level, policy, urn, message }: Violation): string {
  return [level === "mandatory" ? 0 : 1, policy, urn, message].join("\n");
}

// The gRPC services ResourceMonitor and Engine, by which Pulumi's SDK talks to its engine.
import grpc from "@grpc/grpc-js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { Aliases, urnOf } from "./aliases.ts";
import { answeredComponents } from "./cert-manager.ts";
import type { Engine, Program, RunProgramOptions } from "./engine.ts";
import { readRefusals } from "./options/resource-options.ts";
import { type Registration, registrationOf } from "./registration.ts";
import { decode, encode, withSecrets } from "./values.ts";

const features = [
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
  // These are announced and then refused by name when a program uses them: otherwise the SDK would ask to update the Pulumi CLI.
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_PARAMETERIZATION,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
  resource.ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS,
];
const featureNames = new Set([
  "secrets",
  "resourceReferences",
  "aliasSpecs",
  "deletedWith",
  "replaceWith",
  "replacementTrigger",
  "transforms",
  "invokeTransforms",
  "parameterization",
  "resourceHooks",
  "errorHooks",
  "stateMigrations",
]);
const severities = ["debug", "info", "warning", "error"] as const;

type Call<Request> = { request: Request };
type Reply<Response> = (error: Partial<grpc.ServiceError> | null, response?: Response) => void;

/** Answers a call with the result or the error of `handle`. */
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

/** The service ResourceMonitor; refusals are added to `failures`. */
export function monitor(program: Program, deployer: Engine, { dryRun }: RunProgramOptions, failures: string[]) {
  const aliases = new Aliases();
  const registered = new Map<string, Registration>();
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
          throw new Error(`${request.getType()} is a component of a plugin: this deployer runs no plugins`);
        const registration = registrationOf(request, program, { aliases, registered });
        const { urn } = registration;
        if (registered.has(urn)) throw new Error(`${urn} is registered twice: give one of the two another name`);
        registered.set(urn, registration);
        const result = await deployer.register(registration);
        const response = new resource.RegisterResourceResponse();
        response.setUrn(urn);
        response.setId(result.id);
        response.setObject(encode(result.outputs));
        // Result.FAIL would end the program; with unknown outputs it goes on with resources that don't need this one.
        response.setUnknown(result.failed ?? false);
        return response;
      } catch (error) {
        failures.push(`${request.getType()} ${request.getName()}: ${(error as Error).message}`);
        throw error;
      }
    }),
    readResource: unary(async (request: resource.ReadResourceRequest) => {
      const type = request.getType();
      const name = request.getName();
      const refusals = readRefusals(request);
      if (refusals.length > 0) throw new Error(`${type} '${name}': ${refusals.join("; ")}`);
      const urn = urnOf(program.project, program.stack, type, name, request.getParent());
      const outputs = await deployer.read({
        urn,
        type,
        name,
        id: request.getId(),
        provider: request.getProvider(),
        inputs: decode(request.getProperties()),
      });
      const response = new resource.ReadResourceResponse();
      response.setUrn(urn);
      response.setProperties(encode(withSecrets(outputs, request.getAdditionalsecretoutputsList())));
      return response;
    }),
    invoke: unary((request: resource.ResourceInvokeRequest) => {
      if (request.getTok() === "pulumi:pulumi:getResource")
        throw new Error("option urn: a resource of the stack can't be read by its URN: use the one that is registered");
      throw new Error(`${request.getTok()}: functions of providers can't be called by this deployer`);
    }),
    registerResourceOutputs: unary((request: resource.RegisterResourceOutputsRequest) => {
      deployer.outputs(request.getUrn(), decode(request.getOutputs()));
      return new empty.Empty();
    }),
    registerPackage: unary((request: resource.RegisterPackageRequest) => {
      if (request.getParameterization() ?? request.getExtension$())
        throw new Error(
          `package ${request.getName()}: parameterized packages are not supported by this deployer: use the Pulumi CLI for a program that needs them`,
        );
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

/** The service Engine; errors that the program logs are added to `failures` once. */
export function engineService(deployer: Engine, failures: string[]) {
  let root = "";
  return {
    log: unary((request: engine.LogRequest) => {
      const severity = severities[request.getSeverity()] ?? "info";
      // The SDK's debug log holds every property, secrets in clear.
      if (severity === "debug") return new empty.Empty();
      const message = request.getMessage().trim();
      if (severity !== "error") deployer.log(severity, request.getMessage().trimEnd(), request.getUrn());
      // The SDK repeats what was refused, with its own stack trace.
      else if (!failures.some((failure) => message.includes(failure.slice(failure.indexOf(": ") + 2))))
        failures.push(message);
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

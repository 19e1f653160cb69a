// How each resource option is handled: done, or refused by its name before anything is made. The
// page docs/deployer-options.md is generated from this table, and tests compare it with the SDK's declarations.
import type { ComponentResourceOptions, CustomResourceOptions } from "@pulumi/pulumi";
import type resource from "@pulumi/pulumi/proto/resource_pb.js";
import { isCertManager } from "../cert-manager-types.ts";
import { isPatch } from "../kubernetes/kinds.ts";
import { parsePath } from "../kubernetes/paths.ts";

/** An option of @pulumi/pulumi's resources. */
export type ResourceOptionName = keyof CustomResourceOptions | keyof ComponentResourceOptions;
/** A field of the request with which the SDK registers a resource. */
export type RegisterField = keyof resource.RegisterResourceRequest.AsObject;

/** The parts of a registered resource on which the support of an option depends. */
export interface RequestedResource {
  request: resource.RegisterResourceRequest;
  type: string;
  custom: boolean;
  /** Kind of the Kubernetes object, if it is one. */
  kind: unknown;
}

/** How an option is handled. */
export interface OptionSupport {
  /** `refused` where the option is never done; `done` where it is, apart from what `refusal` names. */
  does: "done" | "refused";
  /** Text for docs/deployer-options.md. */
  what: string;
  /** Why the resource is refused; undefined where it doesn't use the option, or the option is done. */
  refusal?: (requested: RequestedResource) => string | undefined;
}

/** An option with the fields that carry it. */
export interface ResourceOption extends OptionSupport {
  wire: readonly RegisterField[];
}

function pathFault(paths: readonly string[]): string | undefined {
  for (const path of paths)
    try {
      parsePath(path);
    } catch (error) {
      return (error as Error).message;
    }
  return undefined;
}

/** Major versions of the providers whose work is done here. */
const majors: Readonly<Record<string, string>> = { kubernetes: "4", random: "4" };

function versionRefusal(type: string, version: string): string | undefined {
  const provider = type.replace(/^pulumi:providers:/, "").split(":")[0] ?? "";
  const major = majors[provider];
  return major && version && version.replace(/^v/, "").split(".")[0] !== major
    ? `${version} is not a version of the ${provider} provider that this deployer stands for: use ${major}.x`
    : undefined;
}

function downloadRefusal(
  request: Pick<resource.RegisterResourceRequest, "getPlugindownloadurl" | "getPluginchecksumsMap">,
): string | undefined {
  return request.getPlugindownloadurl() || request.getPluginchecksumsMap().getLength() > 0
    ? "no plugin is downloaded or run: remove it, or use the Pulumi CLI"
    : undefined;
}

export const resourceOptions: Readonly<Record<ResourceOptionName, ResourceOption>> = {
  additionalSecretOutputs: {
    wire: ["additionalsecretoutputsList"],
    does: "done",
    what: "The outputs named are secret, those of what is read with `.get` too.",
  },
  aliases: {
    wire: ["aliasurnsList", "aliasesList", "aliasspecs"],
    does: "done",
    what: "A resource is found under its former name, type, parent, stack or project, its parents' aliases included.",
  },
  customTimeouts: {
    wire: ["customtimeouts"],
    does: "done",
    what: "`create`, `update` and `delete` bound the wait, before the annotation `pulumi.com/timeoutSeconds`. Reading waits for nothing.",
  },
  deleteBeforeReplace: {
    wire: ["deletebeforereplace", "deletebeforereplacedefined"],
    does: "done",
    what: "An object at another address takes the former one's place before or after it is there. One at the same address is always deleted first.",
  },
  deletedWith: {
    wire: ["deletedwith"],
    does: "done",
    what: "The object goes with the other one, and is replaced when that is. A component's children have it, too.",
  },
  dependsOn: {
    wire: ["dependenciesList", "propertydependenciesMap"],
    does: "done",
    what: "Orders making and deleting.",
  },
  envVarMappings: {
    wire: ["envvarmappingsMap"],
    does: "refused",
    what: "No provider process is started that could take an environment.",
    refusal: ({ request }) =>
      request.getEnvvarmappingsMap().getLength() > 0
        ? "no provider process is started that could take an environment: set the provider's arguments instead"
        : undefined,
  },
  hideDiffs: {
    wire: ["hidediffsList"],
    does: "done",
    what: "Changes of these fields are made and not shown. An invalid path is refused.",
    refusal: ({ request }) => pathFault(request.getHidediffsList()),
  },
  hooks: {
    wire: ["hooks"],
    does: "refused",
    what: "Functions of the program are not called back.",
    refusal: ({ request }) =>
      Object.values(request.getHooks()?.toObject() ?? {}).some((names) => names.length > 0)
        ? "functions of the program can't be called back"
        : undefined,
  },
  id: { wire: [], does: "done", what: "`.get` reads the object `namespace/name`." },
  ignoreChanges: {
    wire: ["ignorechangesList"],
    does: "done",
    what: "These fields keep their live values. An invalid path is refused.",
    refusal: ({ request }) => pathFault(request.getIgnorechangesList()),
  },
  import: {
    wire: ["importid"],
    does: "done",
    what: "An existing object that belongs to no stack is adopted: `namespace/name` must be the object that the metadata names. It is updated to the program's state, and belongs to the stack from then on. Refused where there is no such object, for patches, for certificates and for resources that are no Kubernetes objects.",
    refusal: ({ request, type, kind }) => {
      if (!request.getImportid()) return undefined;
      if (!type.startsWith("kubernetes:")) return "only Kubernetes objects can be adopted";
      if (isPatch({ type, kind })) return "a patch has no object of its own to adopt";
      return isCertManager(type) ? "what cert-manager makes can't be adopted" : undefined;
    },
  },
  parent: {
    wire: ["parent"],
    does: "done",
    what: "Part of the URN; a failed parent keeps its children from being made.",
  },
  pluginDownloadURL: {
    wire: ["plugindownloadurl", "pluginchecksumsMap"],
    does: "refused",
    what: "No plugins are used.",
    refusal: ({ request, custom }) => (custom ? downloadRefusal(request) : undefined),
  },
  protect: {
    wire: ["protect"],
    does: "done",
    what: "A run that would have to delete or replace the object changes nothing. A component's children have it, too.",
  },
  provider: { wire: ["provider"], does: "done", what: "The provider's cluster, namespace and settings." },
  providers: {
    wire: ["providersMap"],
    does: "done",
    what: "The SDK itself gives a component's children their provider.",
  },
  replaceOnChanges: {
    wire: ["replaceonchangesList"],
    does: "done",
    what: "A change of these fields replaces the object: what the API server would change, not another spelling of the same. An invalid path is refused.",
    refusal: ({ request }) => pathFault(request.getReplaceonchangesList()),
  },
  replaceWith: {
    wire: ["replaceWithList"],
    does: "done",
    what: "The object is replaced when one of the others is.",
  },
  replacementTrigger: {
    wire: ["replacementTrigger"],
    does: "done",
    what: "Another value than at the last run replaces the object, or makes a random value anew.",
  },
  retainOnDelete: {
    wire: ["retainondelete"],
    does: "done",
    what: "The object is forgotten and stays. A component's children have it, too.",
  },
  stateMigrations: {
    wire: ["stateMigrationsList"],
    does: "refused",
    what: "Functions of the program are not called back.",
    refusal: ({ request }) =>
      request.getStateMigrationsList().length > 0 ? "functions of the program can't be called back" : undefined,
  },
  transformations: { wire: [], does: "done", what: "The SDK itself applies them." },
  transforms: {
    wire: ["transformsList"],
    does: "refused",
    what: "Functions of the program are not called back; `transformations` do the same within the SDK.",
    refusal: ({ request }) =>
      request.getTransformsList().length > 0
        ? "functions of the program can't be called back: use transformations"
        : undefined,
  },
  urn: {
    wire: [],
    does: "refused",
    what: "A resource of the stack can't be read by its URN; one that the program itself registers is at hand.",
  },
  version: {
    wire: ["version"],
    does: "done",
    what: "Providers of major version 4 are supported; another major version is refused.",
    refusal: ({ request, type, custom }) => (custom ? versionRefusal(type, request.getVersion()) : undefined),
  },
};

/** The fields of the request that carry no option. */
export const otherFields: Readonly<Partial<Record<RegisterField, OptionSupport>>> = {
  type: { does: "done", what: "" },
  name: { does: "done", what: "" },
  custom: { does: "done", what: "" },
  object: { does: "done", what: "" },
  remote: { does: "refused", what: "Plugin components, except those that this deployer accepts without their plugin." },
  sourceposition: { does: "done", what: "Where a policy's violation stands." },
  stacktrace: { does: "done", what: "Where a policy's violation stands." },
  parentstacktracehandle: { does: "done", what: "Only a plugin's component has one." },
  packageref: { does: "done", what: "The package's name; parameterized ones are refused as they are registered." },
  snippetid: {
    does: "refused",
    what: "The SDK for Node sends none.",
    refusal: ({ request }) => (request.getSnippetid() ? "snippets are not supported by this deployer" : undefined),
  },
  // What the SDK accepts in an answer: the answers of this deployer need none of it.
  acceptsecrets: { does: "done", what: "" },
  acceptresources: { does: "done", what: "" },
  supportspartialvalues: { does: "done", what: "" },
  supportsresultreporting: { does: "done", what: "" },
  acceptsByteString: { does: "done", what: "" },
};

/** Refusals of a request's options, each with the option's name. */
export function optionRefusals(requested: RequestedResource): string[] {
  return Object.entries({ ...resourceOptions, ...otherFields }).flatMap(([name, { refusal }]) => {
    const why = refusal?.(requested);
    return why ? [`option ${name}: ${why}`] : [];
  });
}

/** Refusals of a request that reads an existing resource. */
export function readRefusals(request: resource.ReadResourceRequest): string[] {
  const version = versionRefusal(request.getType(), request.getVersion());
  const download = downloadRefusal(request);
  return [
    ...(version ? [`option version: ${version}`] : []),
    ...(download ? [`option pluginDownloadURL: ${download}`] : []),
  ];
}

/** How the fields of a read request (`.get`, StackReference) are handled. */
export const readFields: Readonly<Record<keyof resource.ReadResourceRequest.AsObject, OptionSupport["does"]>> = {
  id: "done",
  type: "done",
  name: "done",
  parent: "done",
  properties: "done",
  dependenciesList: "done",
  provider: "done",
  additionalsecretoutputsList: "done",
  version: "refused",
  plugindownloadurl: "refused",
  pluginchecksumsMap: "refused",
  sourceposition: "done",
  stacktrace: "done",
  parentstacktracehandle: "done",
  packageref: "done",
  acceptsecrets: "done",
  acceptresources: "done",
  acceptsByteString: "done",
};

// What becomes of each resource option: what a program asks for is done, or refused by its name before anything is made. The
// page docs/deployer-options.md is generated from this, and tests hold it against the SDK's own declarations.
import type { ComponentResourceOptions, CustomResourceOptions } from "@pulumi/pulumi";
import type resource from "@pulumi/pulumi/proto/resource_pb.js";
import { isCertManager } from "../cert-manager-types.ts";
import { isPatch } from "../kubernetes/kinds.ts";
import { parsePath } from "../kubernetes/paths.ts";

/** An option of @pulumi/pulumi's resources. */
export type ResourceOptionName = keyof CustomResourceOptions | keyof ComponentResourceOptions;
/** A field of the request with which the SDK registers a resource. */
export type RegisterField = keyof resource.RegisterResourceRequest.AsObject;

/** A resource as it is asked for, as far as an option's possibility depends on it. */
export interface Asked {
  request: resource.RegisterResourceRequest;
  type: string;
  custom: boolean;
  /** Of a Kubernetes object. */
  kind: unknown;
}

/** What becomes of an option. */
export interface Treatment {
  /** `refused` where the option is never done; `done` where it is, apart from what `refusal` names. */
  does: "done" | "refused";
  /** For the page. */
  what: string;
  /** Why what is asked for can't be done; undefined where it is not asked for, or is done. */
  refusal?: (asked: Asked) => string | undefined;
}

/** An option with the fields that carry it. */
export interface ResourceOption extends Treatment {
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
    ? `${version} of the ${provider} provider is another one than is done here: ${major}.x`
    : undefined;
}

function downloadRefusal(
  request: Pick<resource.RegisterResourceRequest, "getPlugindownloadurl" | "getPluginchecksumsMap">,
): string | undefined {
  return request.getPlugindownloadurl() || request.getPluginchecksumsMap().getLength() > 0
    ? "no plugin is downloaded or run: take the address out, or use the Pulumi CLI"
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
    what: "There is no provider's process that could have an environment of its own.",
    refusal: ({ request }) =>
      request.getEnvvarmappingsMap().getLength() > 0
        ? "no provider's process is started that could get an environment: give the provider its arguments instead"
        : undefined,
  },
  hideDiffs: {
    wire: ["hidediffsList"],
    does: "done",
    what: "Changes of these fields are made and not shown. What is no path is refused.",
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
    what: "These fields keep their live values. What is no path is refused.",
    refusal: ({ request }) => pathFault(request.getIgnorechangesList()),
  },
  import: {
    wire: ["importid"],
    does: "done",
    what: "An object that is there and belongs to nobody is adopted: `namespace/name` must be the object that the metadata names. It is brought to what the program says, and goes with the stack from then on. Refused where there is none, for patches, certificates and what is no object.",
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
    what: "A change of these fields replaces the object: what the API server would change, not another spelling of the same. What is no path is refused.",
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
    what: "Providers of major version 4 are what is done here; another one is refused.",
    refusal: ({ request, type, custom }) => (custom ? versionRefusal(type, request.getVersion()) : undefined),
  },
};

/** The fields of the request that carry no option. */
export const otherFields: Readonly<Partial<Record<RegisterField, Treatment>>> = {
  type: { does: "done", what: "" },
  name: { does: "done", what: "" },
  custom: { does: "done", what: "" },
  object: { does: "done", what: "" },
  remote: { does: "refused", what: "Components of plugins, but for those that this deployer answers for." },
  sourceposition: { does: "done", what: "Where a policy's violation stands." },
  stacktrace: { does: "done", what: "Where a policy's violation stands." },
  parentstacktracehandle: { does: "done", what: "Only a plugin's component has one." },
  packageref: { does: "done", what: "The package's name; parameterized ones are refused as they are registered." },
  snippetid: {
    does: "refused",
    what: "The SDK for Node sends none.",
    refusal: ({ request }) => (request.getSnippetid() ? "snippets are not known here" : undefined),
  },
  // What the SDK can take in an answer: the answers here hold none of what it might not.
  acceptsecrets: { does: "done", what: "" },
  acceptresources: { does: "done", what: "" },
  supportspartialvalues: { does: "done", what: "" },
  supportsresultreporting: { does: "done", what: "" },
  acceptsByteString: { does: "done", what: "" },
};

/** What of a request can't be done, each with the option's name. */
export function optionRefusals(asked: Asked): string[] {
  return Object.entries({ ...resourceOptions, ...otherFields }).flatMap(([name, { refusal }]) => {
    const why = refusal?.(asked);
    return why ? [`option ${name}: ${why}`] : [];
  });
}

/** The same for a request that reads what is there. */
export function readRefusals(request: resource.ReadResourceRequest): string[] {
  const version = versionRefusal(request.getType(), request.getVersion());
  const download = downloadRefusal(request);
  return [
    ...(version ? [`option version: ${version}`] : []),
    ...(download ? [`option pluginDownloadURL: ${download}`] : []),
  ];
}

/** What becomes of the fields with which a program reads what is there already (`.get`, StackReference). */
export const readFields: Readonly<Record<keyof resource.ReadResourceRequest.AsObject, Treatment["does"]>> = {
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

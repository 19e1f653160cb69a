// A resource as the program registers it, decoded from the SDK's request.
import type resource from "@pulumi/pulumi/proto/resource_pb.js";
import { type Aliases, urnOf } from "./aliases.ts";
import type { StackConfig } from "./config/config.ts";
import { isPatch as patches } from "./kubernetes/kinds.ts";
import { defaultSettings, providerRefusals, settingsOf } from "./options/provider-options.ts";
import { optionRefusals } from "./options/resource-options.ts";
import { decode, decodeValue, type Properties, reveal, type Value } from "./values.ts";

/** A resource that the program constructs. */
export interface Registration {
  urn: string;
  /** `kubernetes:core/v1:ConfigMap`, `pulumi:providers:kubernetes`, or a component's own token. */
  type: string;
  name: string;
  parent: string;
  /** True for resources of a provider; false for components. */
  custom: boolean;
  inputs: Properties;
  /** URNs of resources that must be made first. */
  dependencies: string[];
  /** `urn::id` of the provider resource; "" for the default one. */
  provider: string;
  /** URNs that this resource had in earlier programs. */
  aliases: string[];
  protect: boolean;
  retainOnDelete: boolean;
  deleteBeforeReplace: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  secretOutputs: string[];
  /** URN of the resource whose deletion takes this one along; "" for none. */
  deletedWith: string;
  /** URNs of resources whose replacement replaces this one. */
  replaceWith: string[];
  /** Another value than at the last run replaces the resource; undefined where there is none. */
  replacementTrigger?: Value;
  /** Property paths whose changes are not shown. */
  hideDiffs: string[];
  /** Id of the object to adopt, `namespace/name` or the name alone; "" for none. */
  importId: string;
  /** Why its options can't be done; empty where they can. */
  refusals: string[];
  /** Why its provider's settings can't be done, where objects are applied. */
  providerRefusals: string[];
  /** Timeouts in seconds, where the program sets them. */
  timeouts: { create?: number; update?: number; delete?: number };
  /** Where the program constructs it, as a path of this machine and a line from 1; absent where the SDK can't tell or isn't asked. */
  source?: { file: string; line: number };
}

/** The annotations of a resource's object, as far as they are known. */
export function annotationsOf({ inputs }: Pick<Registration, "inputs">): Record<string, unknown> {
  const { metadata } = reveal(inputs) as { metadata?: { annotations?: Record<string, unknown> } };
  return metadata?.annotations ?? {};
}

/** Whether a resource patches an object that another program has made. */
export const isPatch = ({ type, inputs }: Pick<Registration, "type" | "inputs">): boolean =>
  patches({ type, kind: inputs.kind });

/** The program that registers. */
export interface Registrant {
  project: string;
  stack: string;
  config: StackConfig;
}

/** The resources registered before this one, including its parent. */
export interface Before {
  aliases: Aliases;
  /** By URN. */
  registered: ReadonlyMap<string, Pick<Registration, Inherited>>;
}

/** Options that a resource inherits from its parent where it sets none itself, as in Pulumi's engine (source_eval.go, inheritFromParent). */
type Inherited = "protect" | "retainOnDelete" | "deletedWith";

/** Decodes a registration request of the SDK. */
export function registrationOf(
  request: resource.RegisterResourceRequest,
  { project, stack, config }: Registrant,
  { aliases, registered }: Before,
): Registration {
  const type = request.getType();
  const name = request.getName();
  const parent = request.getParent();
  const timeouts = request.getCustomtimeouts();
  const custom = request.getCustom();
  const inputs = decode(request.getObject());
  const provider = request.getProvider();
  const above = registered.get(parent);
  const objectPaths = (paths: string[]) => paths.map((path) => (isSecret(inputs) ? pathInSecret(path) : path));
  return {
    urn: urnOf(project, stack, type, name, parent),
    type,
    name,
    parent,
    custom,
    inputs,
    dependencies: request.getDependenciesList(),
    provider,
    aliases: aliases.of(request, project, stack),
    protect: request.hasProtect() ? (request.getProtect() ?? false) : (above?.protect ?? false),
    retainOnDelete: request.hasRetainondelete()
      ? (request.getRetainondelete() ?? false)
      : (above?.retainOnDelete ?? false),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: objectPaths(request.getIgnorechangesList()),
    replaceOnChanges: objectPaths(request.getReplaceonchangesList()),
    secretOutputs: request.getAdditionalsecretoutputsList(),
    deletedWith: request.getDeletedwith() || above?.deletedWith || "",
    replaceWith: request.getReplaceWithList(),
    replacementTrigger: decodeValue(request.getReplacementTrigger()),
    hideDiffs: objectPaths(request.getHidediffsList()),
    importId: request.getImportid(),
    refusals: optionRefusals({ request, type, custom, kind: inputs.kind }),
    providerRefusals: refusalsOfProvider({ type, custom, inputs, provider }, config),
    timeouts: {
      create: seconds(timeouts?.getCreate()),
      update: seconds(timeouts?.getUpdate()),
      delete: seconds(timeouts?.getDelete()),
    },
    ...sourceOf(request),
  };
}

/** Refusals of a provider's arguments, or of the default provider's settings for an object without a provider. */
function refusalsOfProvider(
  { type, custom, inputs, provider }: Pick<Registration, "type" | "custom" | "inputs" | "provider">,
  config: StackConfig,
): string[] {
  if (type === "pulumi:providers:kubernetes") return providerRefusals(settingsOf(inputs), "argument");
  if (!custom || !type.startsWith("kubernetes:") || provider) return [];
  return providerRefusals(defaultSettings(config), "the default provider's");
}

/** The innermost stack frame of the program itself: for a resource that a package constructs, the place of the program's call. */
function sourceOf(request: resource.RegisterResourceRequest): Pick<Registration, "source"> {
  const frames = request.getStacktrace()?.getFramesList() ?? [];
  for (const position of [request.getSourceposition(), ...frames.map((frame) => frame.getPc())]) {
    // For an ES module the SDK takes the URL for a path, and makes a URL of that.
    const [, file] = /.*file:(?:\/\/)?(\/.*)$/.exec(decodeURIComponent(position?.getUri() ?? "")) ?? [];
    if (position && file && !file.includes("/node_modules/")) return { source: { file, line: position.getLine() } };
  }
  return {};
}

const isSecret = ({ apiVersion, kind }: Properties): boolean => apiVersion === "v1" && kind === "Secret";

/** Paths in a Secret's `stringData` apply to the object's `data`. */
const pathInSecret = (path: string): string => path.replace(/^(stringData(?=$|[.[])|\["stringData"\])/, "data");

const units: Record<string, number> = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration such as `1m30s`; undefined for "", and for 0 and less, which set no bound. */
export function seconds(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const parts = [...rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)];
  if (rest !== "0" && (rest === "" || parts.map(([part]) => part).join("") !== rest))
    throw new Error(`'${text}' is not a duration: write it such as 90s, 5m or 1h30m`);
  const sum = parts.reduce((total, [, number, unit]) => total + Number(number) * (units[unit ?? ""] ?? 0), 0);
  return sign === "-" || sum === 0 ? undefined : sum;
}

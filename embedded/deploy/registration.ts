// A resource as the program registers it, freed of the wire.
import type resource from "@pulumi/pulumi/proto/resource_pb.js";
import { type Aliases, urnOf } from "./aliases.ts";
import { isPatch as patches } from "./kubernetes/kinds.ts";
import { decode, type Properties } from "./values.ts";

/** What the program asks for when it constructs a resource. */
export interface Registration {
  urn: string;
  /** `kubernetes:core/v1:ConfigMap`, `pulumi:providers:kubernetes`, or a component's own token. */
  type: string;
  name: string;
  parent: string;
  /** True for what a provider makes; false for components. */
  custom: boolean;
  inputs: Properties;
  /** URNs that must be there first. */
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
  /** Seconds, where the program sets them. */
  timeouts: { create?: number; update?: number; delete?: number };
  /** Where the program constructs it, as a path of this machine and a line from 1; absent where the SDK can't tell or isn't asked. */
  source?: { file: string; line: number };
}

/** Whether a resource patches an object that somebody else has made. */
export const isPatch = ({ type, inputs }: Pick<Registration, "type" | "inputs">): boolean =>
  patches({ type, kind: inputs.kind });

/** Reads a request of the SDK. `aliases` knows those of the resources before it. */
export function registrationOf(
  request: resource.RegisterResourceRequest,
  project: string,
  stack: string,
  aliases: Aliases,
): Registration {
  const type = request.getType();
  const name = request.getName();
  const parent = request.getParent();
  const timeouts = request.getCustomtimeouts();
  return {
    urn: urnOf(project, stack, type, name, parent),
    type,
    name,
    parent,
    custom: request.getCustom(),
    inputs: decode(request.getObject()),
    dependencies: request.getDependenciesList(),
    provider: request.getProvider(),
    aliases: aliases.of(request, project, stack),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    secretOutputs: request.getAdditionalsecretoutputsList(),
    deletedWith: request.getDeletedwith(),
    timeouts: {
      create: seconds(timeouts?.getCreate()),
      update: seconds(timeouts?.getUpdate()),
      delete: seconds(timeouts?.getDelete()),
    },
    ...sourceOf(request),
  };
}

/** The innermost place that is the program's own: what a package constructs is where the program calls it. */
function sourceOf(request: resource.RegisterResourceRequest): Pick<Registration, "source"> {
  const frames = request.getStacktrace()?.getFramesList() ?? [];
  for (const position of [request.getSourceposition(), ...frames.map((frame) => frame.getPc())]) {
    // Of a module the SDK takes the URL for a path, and makes a URL of that.
    const [, file] = /.*file:(?:\/\/)?(\/.*)$/.exec(decodeURIComponent(position?.getUri() ?? "")) ?? [];
    if (position && file && !file.includes("/node_modules/")) return { source: { file, line: position.getLine() } };
  }
  return {};
}

const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration such as `1m30s`; undefined for "". */
export function seconds(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== text)
    throw new Error(`'${text}' is not a duration: write it such as 90s, 5m or 1h30m`);
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0);
}

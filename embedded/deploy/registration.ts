// A resource as the program registers it, freed of the wire.
import type resource from "@pulumi/pulumi/proto/resource_pb.js";
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
  /** Seconds, where the program sets them. */
  timeouts: { create?: number; update?: number; delete?: number };
}

/** Reads a request of the SDK. `urnOf` needs the parent's type chain, which the URN holds. */
export function registrationOf(
  request: resource.RegisterResourceRequest,
  project: string,
  stack: string,
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
    aliases: aliasesOf(request, project, stack),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    secretOutputs: request.getAdditionalsecretoutputsList(),
    timeouts: {
      create: seconds(timeouts?.getCreate()),
      update: seconds(timeouts?.getUpdate()),
      delete: seconds(timeouts?.getDelete()),
    },
  };
}

/** The URN as Pulumi forms it: the parent's qualified type, but not that of the stack, stands before the type. */
export function urnOf(project: string, stack: string, type: string, name: string, parent: string): string {
  const chain = parent ? (parent.split("::")[2] ?? "") : "";
  const qualified = chain && chain !== "pulumi:pulumi:Stack" ? `${chain}$${type}` : type;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

function aliasesOf(request: resource.RegisterResourceRequest, project: string, stack: string): string[] {
  const urns = [...request.getAliasurnsList()];
  for (const alias of request.getAliasesList()) {
    const spec = alias.getSpec();
    if (!spec) {
      if (alias.getUrn()) urns.push(alias.getUrn());
      continue;
    }
    const parent = spec.getNoparent() ? "" : spec.getParenturn() || request.getParent();
    urns.push(
      urnOf(
        spec.getProject() || project,
        spec.getStack() || stack,
        spec.getType() || request.getType(),
        spec.getName() || request.getName(),
        parent,
      ),
    );
  }
  return urns;
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

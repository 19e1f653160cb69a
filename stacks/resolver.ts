// The resolver of the stack's tenants without egress.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import { Resolver } from "../components/tenancy/resolver.ts";
import { commonArgs } from "./component-args.ts";
import type { Config } from "./config/config.ts";
import type { ExternalServices } from "./external-services.ts";

export interface TenantResolverArgs {
  namespaces: PlatformNamespaces;
  priorities: PriorityClasses;
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  external: ExternalServices;
}

/** Whether there is a tenant that asks it. */
export function needsResolver({ components, tenants }: Config): boolean {
  return components.resolver.enabled && tenants.some(({ egressInternet }) => !egressInternet);
}

/** Registers it where a tenant asks it. */
export function createResolver(
  config: Config,
  { namespaces, priorities, apiServerCidrs, external }: TenantResolverArgs,
  root: pulumi.ComponentResourceOptions,
): Resolver | undefined {
  if (!needsResolver(config)) return undefined;
  return new Resolver(
    "resolver",
    {
      namespace: namespaces.get(NAMESPACES.sharedServices),
      ...commonArgs(config.components.resolver, priorities, "critical"),
      apiServerCidrs,
      address: config.cluster.resolverAddress,
      forwardedZones: external.forwardedZones,
    },
    root,
  );
}

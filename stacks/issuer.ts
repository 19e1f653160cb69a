// Who signs the certificates of a stack's services.
import { NAMESPACES } from "@agentic/api/names.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformNamespaces } from "../components/cluster/namespaces.ts";
import type { PriorityClasses } from "../components/scheduling/priority-classes.ts";
import { PlatformAuthority } from "../components/security/cert-manager.ts";
import type { Issuer } from "../components/security/certificates.ts";
import type { Config } from "./config/config.ts";

/** Registers cert-manager and its authority; undefined where the config switches certificates off. */
export function createIssuer(
  { components: { certificates }, telemetry }: Config,
  { namespaces, priorities }: { namespaces: PlatformNamespaces; priorities: PriorityClasses },
  root: pulumi.ComponentResourceOptions,
): Issuer | undefined {
  if (!certificates.enabled) return undefined;
  const { version, replicas, resources, values } = certificates;
  const { install, days, renewDays } = values;
  const { certManager } = NAMESPACES;
  return new PlatformAuthority(
    "certificates",
    {
      namespace: install ? namespaces.get(certManager) : certManager,
      install,
      version,
      replicas,
      resources,
      priorityClass: priorities.get("critical"),
      days,
      renewDays,
      metrics: telemetry.mode !== "off",
    },
    root,
  ).issuer;
}

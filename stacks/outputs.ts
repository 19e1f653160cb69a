// The stack's outputs for other stacks and people, by the contract of api/outputs.ts.
import { catalogueTemplate } from "@agentic/api/catalogue.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { CONTRACT_VERSION, type PlatformOutputs } from "@agentic/api/outputs.ts";
import type * as pulumi from "@pulumi/pulumi";
import { workflowTemplates } from "../workflows/index.ts";
import type { Config } from "./config/config.ts";
import type { Platform } from "./platform.ts";
import { platformVersion } from "./version.ts";

/** Outputs by name, each of the contract's shape. */
export type Outputs = { [K in keyof PlatformOutputs]: Later<PlatformOutputs[K]> };

/** A value any part of which may be known later. */
type Later<T> = pulumi.Input<T extends object ? { [K in keyof T]: Later<T[K]> } : T>;

/** The outputs of a platform. */
export function outputsOf(config: Config, platform: Platform): Outputs {
  return {
    contractVersion: CONTRACT_VERSION,
    platformVersion,
    workflowEngine: config.workflowEngine,
    namespaces: platform.namespaces,
    tenants: platform.tenants,
    endpoints: platform.endpoints,
    artifacts: { bucket: config.tenants[0]?.bucket ?? "", retentionDays: config.artifactRetentionDays },
    templates: workflowTemplates.map(catalogueTemplate),
    crd: { name: AGENT_WORKLOAD.crd, apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind },
    dashboards: platform.dashboards,
    // Each is an output of its own: a reader of another output must not need it, nor get it. Within each of them only the
    // values that are secret are marked so, and the rest stays readable.
    kubeconfig: platform.kubeconfig,
    tenantKubeconfigs: platform.tenantKubeconfigs,
    tenantGrants: platform.tenantGrants,
  };
}

// What the stack tells other stacks and people: the contract of api/outputs.ts, filled in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogueTemplate } from "@agentic/api/catalogue.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { CONTRACT_VERSION, type PlatformOutputs } from "@agentic/api/outputs.ts";
import * as pulumi from "@pulumi/pulumi";
import { workflowTemplates } from "../workflows/index.ts";
import type { Config } from "./config.ts";
import type { Platform } from "./platform.ts";

/** Outputs by name, each of the contract's shape. */
export type Outputs = { [K in keyof PlatformOutputs]: pulumi.Input<PlatformOutputs[K]> };

/** The outputs of a platform. */
export function outputsOf(config: Config, platform: Platform): Outputs {
  return {
    contractVersion: CONTRACT_VERSION,
    platformVersion,
    workflowEngine: config.workflowEngine,
    namespaces: platform.namespaces,
    tenants: pulumi.output(platform.tenants),
    endpoints: platform.endpoints,
    artifacts: { bucket: config.tenants[0]?.bucket ?? "", retentionDays: config.artifactRetentionDays },
    templates: workflowTemplates.map(catalogueTemplate),
    crd: { name: AGENT_WORKLOAD.crd, apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind },
    dashboards: platform.dashboards,
    // Each secret is an output of its own: a reader of another one must not need it, nor get it.
    kubeconfig: pulumi.secret(platform.kubeconfig),
    tenantKubeconfigs: pulumi.secret(platform.tenantKubeconfigs),
    tenantGrants: pulumi.secret(platform.tenantGrants),
  };
}

const platformVersion = (
  JSON.parse(readFileSync(join(import.meta.dirname, "../package.json"), "utf8")) as { version: string }
).version;

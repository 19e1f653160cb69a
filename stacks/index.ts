// The Pulumi program: reads the stack's config, registers the platform, exports its outputs.
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig, rawConfig } from "./config.ts";
import { outputsOf } from "./outputs.ts";
import { createPlatform } from "./platform.ts";

const project = pulumi.getProject();
const llmApiKey = new pulumi.Config().getSecret("llmApiKey");
const config = parseConfig(project, rawConfig(project, pulumi.runtime.allConfig()), llmApiKey !== undefined);
const { kubeconfig, context } = config.cluster;
const cluster = new Provider("cluster", { kubeconfig, context, enableServerSideApply: true });

export const { contractVersion, namespaces, endpoints, tenants, workflowEngine } = outputsOf(
  config,
  createPlatform(config, cluster, llmApiKey),
);

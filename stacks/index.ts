// The Pulumi program: reads the stack's config, registers the platform, exports its outputs.
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig, rawConfig } from "./config.ts";
import { createGke } from "./gke.ts";
import { outputsOf } from "./outputs.ts";
import { createPlatform } from "./platform.ts";

const project = pulumi.getProject();
const llmApiKey = new pulumi.Config().getSecret("llmApiKey");
const config = parseConfig(project, rawConfig(project, pulumi.runtime.allConfig()), llmApiKey !== undefined);
const { kubeconfig: path, context } = config.cluster;
const gke = config.cluster.kind === "gke" ? createGke(config) : undefined;
const cluster = gke?.cluster ?? new Provider("cluster", { kubeconfig: path, context, enableServerSideApply: true });

// A module's exports have fixed names: they are those of the contract, and a test holds them together.
export const {
  contractVersion,
  platformVersion,
  workflowEngine,
  namespaces,
  tenants,
  endpoints,
  artifacts,
  templates,
  crd,
  dashboards,
  kubeconfig,
  tenantKubeconfigs,
  tenantGrants,
} = outputsOf(config, createPlatform(config, cluster, llmApiKey, gke?.outside));

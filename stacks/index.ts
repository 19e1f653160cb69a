// The Pulumi program: reads the stack's config, registers the platform, exports its outputs.
import * as pulumi from "@pulumi/pulumi";
import { checkCluster, createCluster, withOwnImages } from "./cluster.ts";
import { checkSecrets, parseConfig, rawConfig } from "./config/config.ts";
import { checkClientSecret } from "./config/console.ts";
import { outputsOf } from "./outputs.ts";
import { formerLabel, stackLabel } from "./ownership.ts";
import { createPlatform } from "./platform.ts";

const project = pulumi.getProject();
const all = pulumi.runtime.allConfig();
// Pulumi.yaml declares each empty.
const secret = (key: string) => (all[`${project}:${key}`] ? new pulumi.Config().getSecret(key) : undefined);
const llmApiKey = secret("llmApiKey");
const consoleClientSecret = secret("consoleClientSecret");
const written = await withoutStackTrace(async () => {
  checkSecrets(project, all);
  const config = parseConfig(project, rawConfig(project, all), llmApiKey !== undefined);
  checkClientSecret(project, config, consoleClientSecret !== undefined);
  const stack = pulumi.getStack();
  await checkCluster(config, stackLabel(project, stack), formerLabel(project, stack));
  return config;
});
const config = withOwnImages(written);
const { provider, external } = createCluster(config, written);

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
} = outputsOf(config, createPlatform(config, { provider, external, llmApiKey, consoleClientSecret }));

/** Errors of a check are the user's to correct: Pulumi prints a RunError without a stack trace. */
async function withoutStackTrace<T>(check: () => Promise<T>): Promise<T> {
  return await check().catch((error: Error) => {
    throw new pulumi.RunError(error.message);
  });
}

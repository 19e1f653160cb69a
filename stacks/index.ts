// The Pulumi program: reads the stack's config, registers the platform, exports its outputs.
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig, schema, secretKeys } from "./config.ts";
import { outputsOf } from "./outputs.ts";
import { createPlatform } from "./platform.ts";

const project = pulumi.getProject();
const config = parseConfig(project, rawConfig(), new pulumi.Config().get("llmApiKey") !== undefined);
const { kubeconfig, context } = config.cluster;
const cluster = new Provider("cluster", { kubeconfig, context, enableServerSideApply: true });
const platform = createPlatform(config, cluster, new pulumi.Config().getSecret("llmApiKey"));

export const { contractVersion, namespaces, endpoints, tenants, workflowEngine } = outputsOf(config, platform);

/** The keys of this project's namespace that are set, each parsed; unknown ones too, so that they are refused. */
function rawConfig(): Record<string, unknown> {
  const set = pulumi.runtime.allConfig();
  const prefix = `${project}:`;
  const raw: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(set)) {
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    if ((secretKeys as readonly string[]).includes(name)) continue;
    raw[name] = parse(text, name);
  }
  return raw;
}

function parse(text: string, name: string): unknown {
  const isText = name in schema && (schema[name as keyof typeof schema] as { type?: string }).type === "string";
  if (isText || name === "workflowEngine") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Stacks for the client's tests: the platform's own program gives the outputs that the client reads.
import * as pulumi from "@pulumi/pulumi";
import { images, mock, mockStacks, type Registered, registeredSoFar } from "../components/program.ts";

let platform: Registered[] = [];

const kubeconfig = JSON.stringify({
  "current-context": "test",
  contexts: [{ name: "test", context: { cluster: "c", user: "u" } }],
  clusters: [{ name: "c", cluster: { server: "https://10.9.0.2:6443" } }],
  users: [{ name: "u", user: { token: "admin-token" } }],
});

/** The outputs of a platform with these tenants and with more config, as a reference gives them. */
export async function platformOutputs(tenants: object[], more: object = {}): Promise<Record<string, unknown>> {
  mock();
  const { Provider } = await import("@pulumi/kubernetes/provider.js");
  const { createPlatform } = await import("../../../stacks/platform.ts");
  const { outputsOf } = await import("../../../stacks/outputs.ts");
  const { parseConfig } = await import("../../../stacks/config/config.ts");
  const cluster = { kubeconfig, apiServerCidrs: ["10.9.0.2/32"] };
  const raw = { images, workflowEngine: "builtin", tenants, cluster, ...more };
  const config = parseConfig("agentic-platform", raw, false);
  const outputs = outputsOf(config, createPlatform(config, { provider: new Provider("cluster", {}) }));
  const plain = await new Promise<object>((resolve) => pulumi.output(outputs as object).apply(resolve));
  platform = await registeredSoFar();
  return JSON.parse(JSON.stringify(plain)) as Record<string, unknown>;
}

/** What the platform's program itself registered. */
platformOutputs.registered = (): Registered[] => platform;

/** From now on these stacks are there to be read. Returns what is registered since the platform's own program. */
export function stackWith(stacks: Record<string, Record<string, unknown>>): () => Promise<Registered[]> {
  mockStacks(stacks);
  const before = platform.length;
  return async () => (await registeredSoFar()).slice(before);
}

// Registers the platform against Pulumi's mocks and gives back what was registered.
import { SECRET_OUTPUTS } from "@agentic/api/outputs.ts";
import * as pulumi from "@pulumi/pulumi";
import { parseConfig } from "../../../stacks/config/config.ts";

/** A registered object, its inputs with the secrets in clear. */
export interface Registered {
  type: string;
  name: string;
  inputs: KubeObject & Record<string, unknown>;
}

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: { name: string; namespace?: string; labels?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  spec?: any;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
  [field: string]: any;
}

export const images = {
  operator: "registry.test/operator:1",
  agents: "registry.test/agents:1",
  workflowEngine: "registry.test/engine:1",
  eventReceiver: "registry.test/receiver:1",
  console: "registry.test/console:1",
};

const registered: Registered[] = [];

/** Takes the wire's wrapping off secrets: tests look for where their content is. */
function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== "object" || value === null) return value;
  if (secretKey in value) return reveal((value as { value?: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, reveal(item)]));
}

/** The key that marks a special value (sdk/go/common/resource/properties.go). */
const secretKey = "4dabf18193072939515e22adb298388d";

let stacks: Record<string, Record<string, unknown>> = {};

/** The stacks that a StackReference finds from now on, with their outputs. */
export function mockStacks(stackOutputs: Record<string, Record<string, unknown>>): void {
  stacks = stackOutputs;
}

/** Must run before any component is constructed. Forgets what another file's tests have registered. */
export function mock(): void {
  registered.length = 0;
  pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        registered.push({ type, name, inputs: reveal(inputs) as Registered["inputs"] });
        if (type === "pulumi:pulumi:StackReference")
          return { id: name, state: { ...inputs, outputs: stacks[name], secretOutputNames: [...SECRET_OUTPUTS] } };
        // What the cluster itself says of its API server.
        if (type === "kubernetes:core/v1:Endpoints")
          return { id: id ?? name, state: { ...inputs, subsets: [{ addresses: [{ ip: "10.8.0.7" }] }] } };
        const state = type.startsWith("random:") ? { ...inputs, result: `random-value-of-${name}` } : inputs;
        return { id: id ?? `${name}-id`, state };
      },
      call: ({ inputs }) => inputs,
    },
    "agentic-platform",
    "test",
    false,
  );
}

const programs = new Map<string, Promise<Registered[]>>();

/** What the whole program registers with a config, whose `llmApiKey` is set where `llm` is. It runs once for each config. */
export function program(raw: Record<string, unknown>): Promise<Registered[]> {
  const key = JSON.stringify(raw);
  const run = programs.get(key) ?? runProgram(raw);
  programs.set(key, run);
  return run;
}

async function runProgram(raw: Record<string, unknown>): Promise<Registered[]> {
  const { Provider } = await import("@pulumi/kubernetes/provider.js");
  const { createPlatform } = await import("../../../stacks/platform.ts");
  const { outputsOf } = await import("../../../stacks/outputs.ts");
  const key = raw.llm === undefined ? undefined : pulumi.secret("sk-real-key");
  const config = parseConfig(
    "agentic-platform",
    { images, workflowEngine: "builtin", eventEngine: "builtin", cluster: { apiServerCidrs: ["10.9.0.2/32"] }, ...raw },
    key !== undefined,
  );
  registered.length = 0;
  const provider = new Provider("cluster", {});
  const outputs = outputsOf(config, createPlatform(config, { provider, llmApiKey: key }));
  await new Promise((resolve) => pulumi.output(outputs).apply(resolve));
  return await registeredSoFar();
}

/** What was registered, once nothing more is: registrations that follow from outputs come after the outputs themselves. */
export async function registeredSoFar(): Promise<Registered[]> {
  for (let before = -1; before !== registered.length; ) {
    before = registered.length;
    // A resource that waits for others is under way too. The SDK's declarations leave this function out.
    await (pulumi.runtime as unknown as { waitForRPCs: () => Promise<void> }).waitForRPCs();
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return [...registered];
}

/** The Kubernetes objects among what was registered; what is only read has no kind. */
export function objects(all: readonly Registered[], kind?: string): KubeObject[] {
  return all
    .filter(({ type, inputs }) => type.startsWith("kubernetes:") && inputs.kind && (!kind || inputs.kind === kind))
    .map(({ inputs }) => inputs);
}

/** Every pod template, with the object that has it. */
export function podSpecs(all: readonly Registered[]): { owner: string; pod: KubeObject["spec"] }[] {
  return objects(all)
    .filter(({ kind }) => ["Deployment", "StatefulSet", "Job", "DaemonSet"].includes(kind ?? ""))
    .map(({ kind, metadata, spec }) => ({ owner: `${kind} ${metadata?.name}`, pod: spec.template.spec }));
}

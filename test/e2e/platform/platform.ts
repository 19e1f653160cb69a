// The platform under test, and what several of its tests do with it.
import { inject } from "vitest";
import { apply, get, type KubeObject, kubectl, list, watch } from "../../../embedded/cli/cluster.ts";
import { readArtifact, type Workload } from "../../../embedded/cli/sample.ts";
import { SITE, SITE_URL } from "../../../examples/site/manifests.ts";
import type { ProvidedPlatform } from "./setup.ts";

/** The instance that setup.ts brought up. */
export const platform: ProvidedPlatform = inject("platform");

/** The tenant whose namespace the tests use. */
export const namespace = "tenant-demo";

/** Base URL of the sample site, in the cluster. */
export const site = SITE_URL;

/** A workload's specification of one page only, for tests of what isn't in the pages. */
export const onePage = { targetUrls: [`${site}/products.html`] };

interface Template extends KubeObject {
  spec: { dnsPolicy?: string; dnsConfig?: object };
}

/** The resolver of the tenant's agents, as their template has it: other resolvers don't answer them. */
export async function agentDns(): Promise<Template["spec"]> {
  const template = await get<Template>(platform, "workflowtemplate", "visual-analysis-template", namespace);
  const { dnsPolicy, dnsConfig } = template?.spec ?? {};
  return { dnsPolicy, dnsConfig };
}

/** An AgentWorkload over the sample site's pages. */
export function workload(name: string, spec: Record<string, unknown> = {}): KubeObject {
  return {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name, namespace },
    spec: {
      objective: "Compare the products, their prices and their guarantees",
      targetUrls: [`${site}/`, `${site}/products.html`, `${site}/about.html`],
      ...spec,
    },
  };
}

/** Deletes a workload of an earlier run and applies it. */
export async function start(object: KubeObject): Promise<void> {
  const { name } = object.metadata;
  await kubectl(platform, ["delete", "agentworkload", name, "-n", namespace, "--ignore-not-found", "--wait"]);
  await apply(platform, [object]);
}

/** Waits until a workload satisfies `done`; throws with its last status after `seconds`. */
export async function until(name: string, done: (workload: Workload) => boolean, seconds = 240): Promise<Workload> {
  const timeout = AbortSignal.timeout(seconds * 1000);
  let last: Workload | undefined;
  for await (const now of watch<Workload>(platform, "agentworkload", name, namespace, timeout)) {
    last = now;
    if (done(now)) return now;
  }
  throw new Error(`AgentWorkload ${name} after ${seconds} s: ${JSON.stringify(last?.status, undefined, 1)}`);
}

/** Waits for one of the phases that end a workload. */
export function untilEnded(name: string, seconds?: number): Promise<Workload> {
  return until(name, ({ status }) => ["Completed", "Failed", "Denied"].includes(status?.phase ?? ""), seconds);
}

export interface WorkflowNode {
  id: string;
  displayName: string;
  type: string;
  phase: string;
  message?: string;
  outputs?: { parameters?: { name: string; value?: string }[] };
}

/** The nodes of a workload's Workflow, by display name. */
export async function nodes(name: string): Promise<Record<string, WorkflowNode>> {
  const now = await get<Workload>(platform, "agentworkload", name, namespace);
  const reference = now?.status?.argoWorkflow;
  if (!reference) return {};
  const workflow = await get<KubeObject & { status?: { nodes?: Record<string, WorkflowNode> } }>(
    platform,
    "workflow",
    reference.name,
    namespace,
  );
  return Object.fromEntries(Object.values(workflow?.status?.nodes ?? {}).map((node) => [node.displayName, node]));
}

/**
 * Waits until something is there; for what has no watch of its own. Looks again after `every` milliseconds: a look is a kubectl
 * or two, each of which takes a tenth of a processor's second.
 */
export async function eventually<T>(
  description: string,
  probe: () => Promise<T | undefined>,
  { seconds = 60, every = 1000 } = {},
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const result = await probe();
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  throw new Error(`no ${description} within ${seconds} s`);
}

/** One request that the sample site answered. */
export interface Access {
  time: string;
  path: string;
  status: number;
  userAgent: string;
}

/** What the sample site was asked for since a moment, by its own access log. */
export async function accessLog(since: Date): Promise<Access[]> {
  const log = await kubectl(platform, [
    "logs",
    "-n",
    SITE.namespace,
    "deployment/site",
    `--since-time=${since.toISOString()}`,
  ]);
  return log
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Access)
    .filter(({ time }) => Date.parse(time) >= since.getTime());
}

/** The content of one of a workload's artifacts, by its name, checked against the digests in its status. */
export const artifact = (workload: Workload, name: string): Promise<Buffer> => readArtifact(platform, workload, name);

/** What the running pods of a workload's steps have logged so far, line by line. */
export async function stepLogs(workload: string): Promise<string[]> {
  const pods = await stepPods(workload);
  const logs = pods.map((pod) => kubectl(platform, ["logs", "-n", namespace, pod, "-c", "main"]).catch(() => ""));
  return (await Promise.all(logs)).flatMap((log) => log.split("\n"));
}

/** The names of the running pods of a workload's step, or of all its steps. */
export async function stepPods(workload: string, step?: string): Promise<string[]> {
  const now = await get<Workload>(platform, "agentworkload", workload, namespace);
  const workflow = now?.status?.argoWorkflow?.name;
  if (!workflow) return [];
  const pods = await list<KubeObject & { status?: { phase?: string } }>(platform, "pods", namespace);
  return pods
    .filter(({ metadata }) => metadata.name.startsWith(step ? `${workflow}-${step}-` : `${workflow}-`))
    .filter(({ status }) => status?.phase === "Running")
    .map(({ metadata }) => metadata.name);
}

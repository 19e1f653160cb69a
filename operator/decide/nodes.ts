// Reading a Workflow's nodes: the steps, the gate, the counts, the artifacts.
import { nodesIn } from "@agentic/api/run-nodes.ts";
import { type Evidence, GATE, RESULT, type StepResult } from "@agentic/api/template.ts";
import type { Parameter, Workflow, WorkflowNode } from "../argo.ts";
import { parseTime } from "./time.ts";

const LEAVES = ["Pod", "Container", "Suspend", "HTTP", "Plugin"];
const MAX_ARTIFACTS = 250;
const MAX_URI = 1024;

/** The nodes of a Workflow, also where Argo has compressed them, in the order of their start. */
export function nodesOf(workflow: Workflow): WorkflowNode[] {
  return Object.values(nodesIn(workflow.status)).sort(
    (a, b) => order(a.startedAt, b.startedAt) || order(a.name, b.name),
  );
}

function order(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function isDone(node: WorkflowNode): boolean {
  return !["", "Pending", "Running"].includes(node.phase ?? "");
}

/** Whether the node runs or waits itself, rather than grouping other nodes. */
export function isLeaf(node: WorkflowNode): boolean {
  return LEAVES.includes(node.type);
}

/** Whether it ended in a failure of its own or of the engine. */
export const isFailed = ({ phase }: Pick<WorkflowNode, "phase">): boolean => phase === "Failed" || phase === "Error";

export function isGate(node: WorkflowNode): boolean {
  return node.type === "Suspend" && (node.templateName === GATE.name || node.displayName === GATE.name);
}

/** The step's name as the template has it: without the `(0)`, `(1)`… that Argo appends for the attempts of a retried step. */
export function stepName({ displayName, nodeFlag }: WorkflowNode): string {
  return nodeFlag?.retried ? displayName.replace(/\(\d+\)$/, "") : displayName;
}

/** Names of the steps that run or wait now. */
export function currentNode(nodes: WorkflowNode[]): string | undefined {
  const names = [...new Set(nodes.filter((node) => isLeaf(node) && !isDone(node)).map(stepName))];
  if (names.length > 5) names.splice(4, names.length - 4, `${names.length - 4} more`);
  return names.length > 0 ? names.join(", ") : undefined;
}

/** Counts of steps; the attempts of one that is retried count as the one step. */
export function countNodes(nodes: WorkflowNode[]): { total: number; succeeded: number; failed: number } {
  const steps = nodes.filter((node) => (isLeaf(node) || node.type === "Retry") && !node.nodeFlag?.retried);
  return {
    total: steps.length,
    succeeded: steps.filter(({ phase }) => phase === "Succeeded").length,
    failed: steps.filter(isFailed).length,
  };
}

export function parameter(list: Parameter[] | undefined, name: string): string | undefined {
  return list?.find((entry) => entry.name === name)?.value;
}

/** A step's result, or undefined where it is absent or not a JSON object. */
export function parseResult(text: string | undefined): StepResult | undefined {
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as StepResult) : undefined;
  } catch {
    return undefined;
  }
}

/** Artifact name → URI, from the steps' results; a later step wins. */
export function artifactsOf(nodes: WorkflowNode[]): Record<string, string> {
  const uris: Record<string, string> = {};
  let remaining = MAX_ARTIFACTS;
  for (const node of nodes) {
    const artifacts = parseResult(parameter(node.outputs?.parameters, RESULT.parameter))?.artifacts;
    if (typeof artifacts !== "object" || artifacts === null) continue;
    for (const [name, uri] of Object.entries(artifacts)) {
      if (typeof uri !== "string" || !uri.startsWith("s3://") || uri.length > MAX_URI) continue;
      if (!Object.hasOwn(uris, name) && remaining-- <= 0) return uris;
      uris[name] = uri;
    }
  }
  return uris;
}

export interface ArtifactTotal {
  total: number;
  /** Step → URI of its manifest. */
  manifests: Record<string, string>;
  /** Step → digest of its manifest. */
  digests: Evidence;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** How many artifacts the steps' results report, and their manifests; undefined before any step has a result. */
export function artifactTotal(nodes: WorkflowNode[]): ArtifactTotal | undefined {
  // Counted by step, because a retried step has the same result in its last attempt and in its own node.
  const counts = new Map<string, number>();
  const manifests: Record<string, string> = {};
  const digests: Evidence = {};
  for (const node of nodes) {
    const result = parseResult(parameter(node.outputs?.parameters, RESULT.parameter));
    if (typeof result?.artifacts !== "object" || result.artifacts === null) continue;
    const { uri, count, digest } = result.manifest ?? {};
    const step = stepName(node);
    const isCounted = Number.isSafeInteger(count) && Number(count) >= 0;
    counts.set(step, isCounted ? Number(count) : Object.keys(result.artifacts).length);
    if (typeof uri === "string" && uri.startsWith("s3://") && uri.length <= MAX_URI) manifests[step] = uri;
    if (typeof digest === "string" && DIGEST.test(digest)) digests[step] = digest;
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return counts.size > 0 ? { total, manifests, digests } : undefined;
}

/** When the first step started, milliseconds. */
export function startOf(workflow: Workflow, nodes: WorkflowNode[]): number | undefined {
  const starts = nodes.filter(isLeaf).map((node) => parseTime(node.startedAt) ?? Number.POSITIVE_INFINITY);
  const first = Math.min(...starts);
  return Number.isFinite(first) ? first : parseTime(workflow.status?.startedAt);
}

/** Milliseconds spent at gates that are done. */
export function gateMs(nodes: WorkflowNode[]): number {
  return nodes.filter(isGate).reduce((sum, node) => {
    const from = parseTime(node.startedAt);
    const to = parseTime(node.finishedAt);
    return from !== undefined && to !== undefined ? sum + Math.max(0, to - from) : sum;
  }, 0);
}

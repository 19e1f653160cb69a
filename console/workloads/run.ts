// A workload's run as the console keeps it: the Workflow's nodes while it runs, and nothing but its name afterwards.
import { ARGO } from "@agentic/api/names.ts";
import { podName } from "@agentic/api/pod-names.ts";
import { nodesIn } from "@agentic/api/run-nodes.ts";
import { GATE, RESULT } from "@agentic/api/template.ts";
import type { KubeObject } from "@agentic/kube/controller/object.ts";
import type { RunNode } from "../contract.ts";

interface Parameter {
  name: string;
  value?: string;
}

interface Node {
  id: string;
  name: string;
  displayName: string;
  type: string;
  phase?: string;
  message?: string;
  templateName?: string;
  startedAt?: string;
  finishedAt?: string;
  children?: string[];
  inputs?: { parameters?: Parameter[] };
  outputs?: { parameters?: Parameter[]; exitCode?: string };
}

export interface Workflow extends KubeObject {
  status?: { phase?: string; nodes?: Record<string, Node>; compressedNodes?: string };
}

/** The stored part of a Workflow. */
export interface Run extends KubeObject {
  /** Absent once it has ended: whoever looks at it reads it with their own rights. */
  nodes?: RunNode[];
  /** When the gate that waits began to. */
  gateSince?: string;
}

export const WORKFLOWS = `/apis/${ARGO.groupVersion}/workflows`;
export const workflowPath = (namespace: string, name: string): string =>
  `/apis/${ARGO.groupVersion}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(name)}`;

const isOver = (phase = ""): boolean => ["Succeeded", "Failed", "Error"].includes(phase);
const isGate = ({ type, templateName, displayName }: Node): boolean =>
  type === "Suspend" && (templateName === GATE.name || displayName === GATE.name);

/** What is kept of it while thousands are. */
export function trimRun(workflow: Workflow): Run {
  const { name, namespace, uid, resourceVersion } = workflow.metadata;
  const metadata = { name, namespace, uid, resourceVersion };
  if (isOver(workflow.status?.phase)) return { metadata };
  const gate = Object.values(nodesIn(workflow.status)).find((node) => isGate(node) && node.phase === "Running");
  return { metadata, nodes: nodesOf(workflow), ...(gate?.startedAt ? { gateSince: gate.startedAt } : {}) };
}

/** Its nodes, in the order of their start. */
export function nodesOf(workflow: Workflow): RunNode[] {
  const run = workflow.metadata.name;
  return Object.values(nodesIn(workflow.status))
    .map((node) => nodeOf(run, node))
    .sort(
      (one, other) =>
        (one.startedAt ?? "9").localeCompare(other.startedAt ?? "9") || one.name.localeCompare(other.name),
    );
}

function nodeOf(run: string, { id, name, displayName, type, phase, message, templateName, ...node }: Node): RunNode {
  const { startedAt, finishedAt, children = [], outputs } = node;
  const result = parsed(outputs?.parameters?.find((each) => each.name === RESULT.parameter)?.value);
  return {
    id,
    name,
    displayName,
    type,
    phase: phase || "Pending",
    ...(message ? { message } : {}),
    ...(templateName ? { templateName } : {}),
    ...(startedAt ? { startedAt } : {}),
    ...(finishedAt ? { finishedAt } : {}),
    children,
    ...(type === "Pod" ? { pod: podName(run, name, templateName) } : {}),
    ...(outputs?.exitCode ? { exitCode: outputs.exitCode } : {}),
    ...(result === undefined ? {} : { result }),
  };
}

/** What the analysis told the gate. */
export function gateInput(workflow: Workflow): unknown {
  const gate = Object.values(nodesIn(workflow.status)).find(isGate);
  return parsed(gate?.inputs?.parameters?.find(({ name }) => name === GATE.input)?.value);
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Computes names and ids of nodes and pods like Argo, whose clients rely on them. Being deterministic, they also prevent a second pod.
import { cut } from "@agentic/api/text.ts";

export const taskName = (boundary: string, task: string) => `${boundary}.${task}`;
export const groupName = (boundary: string, index: number) => `${boundary}[${index}]`;
export const attemptName = (node: string, attempt: number) => `${node}(${attempt})`;
export const onExitName = (node: string) => `${node}.onExit`;

/** The name of a repetition, without the item's own parentheses, which could be taken for those around the index. */
export function itemName(call: string, index: number, item: string): string {
  return `${call}(${index}:${item.replace(/[()]/g, "")})`;
}

/** A node's name in a message. It is cut, because items can make names so long that a few would not fit into the status. */
export const shownName = (node: string) => cut(node, 250, "…");

/** The name that is displayed: the node's name without that of its boundary. */
export function displayName(node: string, boundary: string | undefined): string {
  if (boundary === undefined) return node;
  const rest = node.startsWith(boundary) ? node.slice(boundary.length) : node;
  return rest.replace(/^(\[\d+\])?\./, "");
}

/** The step or task of a node: its name without those of outer nodes and without the indexes of items, attempts and groups. */
export function callOf(node: string): string {
  let end = node.length;
  let opener = "";
  for (let i = node.length - 1; i >= 0; i--) {
    const char = node[i];
    if (char === opener) opener = "";
    else if (opener !== "") continue;
    else if (char === ")") opener = "(";
    else if (char === "]") opener = "[";
    else {
      end = i + 1;
      break;
    }
  }
  const call = node.slice(0, end);
  return call.slice(call.lastIndexOf(".") + 1);
}

export const labels = {
  workflow: "workflows.argoproj.io/workflow",
  completed: "workflows.argoproj.io/completed",
  phase: "workflows.argoproj.io/phase",
  onExit: "workflows.argoproj.io/on-exit",
  workflowTemplate: "workflows.argoproj.io/workflow-template",
  clusterWorkflowTemplate: "workflows.argoproj.io/cluster-workflow-template",
} as const;

export const annotations = {
  nodeName: "workflows.argoproj.io/node-name",
  nodeId: "workflows.argoproj.io/node-id",
  podNameFormat: "workflows.argoproj.io/pod-name-format",
  /** Of a template: the name to show of its nodes. */
  displayName: "workflows.argoproj.io/display-name",
  defaultContainer: "kubectl.kubernetes.io/default-container",
  /** A script's source, which a downward API volume makes a file of the pod. */
  script: "workflows.argoproj.io/script",
} as const;
